import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { EachBatchPayload } from 'kafkajs';
import type { Topic } from '#libs/domain';
import { aFlaggedEvent } from '../../../../../test/builders/event.builder.js';
import { WakeUp } from '../../wake-up.js';
import { defaultKafkaDelivery } from '../delivery-options.js';
import { Arrivals } from './arrivals.js';
import { Intake } from './intake.js';
import { Partitions } from './partitions.js';
import type { SubscriptionParts } from './ports.js';
import type { TakenMessage } from './taken-message.js';

const calm = { isMoreComing: false, isIdle: true };

/** A fetched batch as kafkajs hands it over, of messages that are due at the given times (0: at once). */
const aPayload = (dueTimes: number[]) => {
  const facts = {
    isRunning: true,
    isStale: false,
    heartbeats: 0,
    pauses: 0,
    resumes: 0,
    resolved: [] as string[],
  };
  const messages = dueTimes.map((dueAt, offset) => ({
    offset: String(offset),
    value: Buffer.from(String(dueAt)),
  }));
  const payload = {
    batch: { topic: 'main', partition: 0, messages, lastOffset: () => String(dueTimes.length - 1) },
    resolveOffset: (offset: string) => facts.resolved.push(offset),
    heartbeat: () => Promise.resolve(void (facts.heartbeats += 1)),
    pause: () => {
      facts.pauses += 1;
      return () => void (facts.resumes += 1);
    },
    isRunning: () => facts.isRunning,
    isStale: () => facts.isStale,
  } as unknown as EachBatchPayload;
  return { payload, facts };
};

const aPlace = ({ mostMessages = 100 } = {}) => {
  const partitions = new Partitions('us');
  partitions.assign({ main: [0] });
  const wakeUp = new WakeUp();
  const intake = new Intake<TakenMessage<'content.flagged'>>({
    batchSize: 2,
    mostMessages,
    mostBytes: 10_000_000,
  });
  const state = { takesMore: true };
  const received = { event: aFlaggedEvent(), attempt: 1, acceptedAt: new Date(0) };
  const parts = {
    delivery: defaultKafkaDelivery,
    readMessage: <T extends Topic>(_: T, { value }: { value: Buffer | null }) => ({
      ok: true as const,
      value: { ...received, notBefore: Number(value) },
    }),
  } as unknown as SubscriptionParts;
  const takesMore = (): boolean => state.takesMore;
  const arrivals = new Arrivals({ parts, topic: 'content.flagged', partitions, intake, wakeUp, takesMore });
  const learn = (offset = 0): void => {
    partitions.learn({ topic: 'main', partition: 0, offset, note: undefined });
    wakeUp.call();
  };
  return { arrivals, partitions, intake, wakeUp, state, learn };
};

describe('Arrivals', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  const turns = () => jest.advanceTimersByTimeAsync(0);

  it('are left behind at once when the intake has room', async () => {
    const { arrivals, intake, partitions, learn } = aPlace();
    learn();
    const { payload, facts } = aPayload([0, 0, 0]);
    await arrivals.receive(payload);
    expect(facts.resolved).toEqual(['0', '1', '2']);
    expect(intake.take(calm).map(({ offset }) => offset)).toEqual([0, 1]);
    expect(partitions.find('main', 0)?.tracker.committable).toBe(0);
  });

  it('wait, with heartbeats, while the intake is full', async () => {
    const { arrivals, intake, wakeUp, learn } = aPlace({ mostMessages: 2 });
    learn();
    const { payload, facts } = aPayload([0, 0, 0]);
    let isLeft = false;
    const receiving = arrivals.receive(payload).then(() => (isLeft = true));
    await jest.advanceTimersByTimeAsync(3 * defaultKafkaDelivery.heartbeatMs);
    expect(isLeft).toBe(false);
    expect(facts.resolved).toEqual(['0', '1']);
    expect(facts.heartbeats).toBeGreaterThanOrEqual(3);
    intake.take(calm);
    wakeUp.call();
    await receiving;
    expect(facts.resolved).toEqual(['0', '1', '2']);
  });

  it('wait until it is known what was committed, and take nothing that is done', async () => {
    const { arrivals, intake, learn } = aPlace();
    const { payload, facts } = aPayload([0, 0]);
    const receiving = arrivals.receive(payload);
    await turns();
    expect(facts.resolved).toEqual([]);
    learn(1);
    await receiving;
    expect(intake.take(calm).map(({ offset }) => offset)).toEqual([1]);
  });

  it.each([
    ['the consumer stops', { isRunning: false }],
    ['its place was moved', { isStale: true }],
  ])('leave the rest of a batch when %s', async (_, change) => {
    const { arrivals, wakeUp, learn } = aPlace({ mostMessages: 1 });
    learn();
    const { payload, facts } = aPayload([0, 0]);
    const receiving = arrivals.receive(payload);
    await turns();
    Object.assign(facts, change);
    wakeUp.call();
    await receiving;
    expect(facts.resolved).toEqual(['0']);
  });

  it('leave the rest of a batch when the partition is lost', async () => {
    const { arrivals, partitions, wakeUp, learn } = aPlace({ mostMessages: 1 });
    learn();
    const { payload, facts } = aPayload([0, 0]);
    const receiving = arrivals.receive(payload);
    await turns();
    partitions.assign({});
    wakeUp.call();
    await receiving;
    expect(facts.resolved).toEqual(['0']);
  });

  it('leave a delay topic alone until its next message is due, and keep none of it', async () => {
    const { arrivals, intake, learn } = aPlace();
    learn();
    const { payload, facts } = aPayload([Date.now() - 1, Date.now() + 5_000, Date.now() + 5_001]);
    await arrivals.receive(payload);
    expect(facts).toMatchObject({ resolved: ['0'], pauses: 1, resumes: 0 });
    expect(intake.take(calm)).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(4_999);
    expect(facts.resumes).toBe(0);
    await jest.advanceTimersByTimeAsync(1);
    expect(facts.resumes).toBe(1);
  });
});
