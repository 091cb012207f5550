import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import kafkajs from 'kafkajs';
import { BusUnavailable, InvalidEvent } from '../errors.js';
import { Outage } from './outage.js';
import { TimeUp } from './within.js';

const longerThanAPause = 2_000;
const noConnection = new BusUnavailable(
  new kafkajs.KafkaJSNumberOfRetriesExceeded(new kafkajs.KafkaJSConnectionError('connect ECONNREFUSED'), {
    retryCount: 5,
    retryTime: 1_000,
  }),
);
const protocolError = (type: string): Error =>
  new BusUnavailable(new kafkajs.KafkaJSProtocolError(Object.assign(new Error(type), { type, code: 1 })));

/** Brokers that answer, or fail with an error. */
class Brokers {
  error: Error | undefined;
  asked = 0;
  readonly ask = (): Promise<void> => {
    this.asked += 1;
    return this.error ? Promise.reject(this.error) : Promise.resolve();
  };
}

let brokers: Brokers;
let outage: Outage;
const told: string[] = [];
const tell = (_facts: unknown, words = String(_facts)): void => void told.push(words);
const publish = (): Promise<void> => outage.guard(brokers.ask);
const failAs = async (error: Error): Promise<void> => {
  brokers.error = error;
  await expect(publish()).rejects.toBe(error);
};

beforeEach(() => {
  jest.useFakeTimers();
  told.length = 0;
  brokers = new Brokers();
  outage = new Outage(brokers.ask, { info: tell, warn: tell } as never);
});
afterEach(() => {
  outage.close();
  jest.useRealTimers();
});

describe('An outage', () => {
  it.each([
    { what: 'there is no connection', error: noConnection },
    { what: 'the time is up', error: new BusUnavailable(new TimeUp(5_000)) },
  ])('begins when $what, and refuses then without asking, with what began it', async ({ error }) => {
    await publish();
    await failAs(error);
    const asked = brokers.asked;
    const refusal: unknown = await publish().catch((reason: unknown) => reason);
    expect(refusal).toBeInstanceOf(BusUnavailable);
    expect(refusal).toMatchObject({ cause: { cause: error } });
    expect(brokers.asked).toBe(asked);
  });

  it.each([
    { what: 'an event is too large', error: protocolError('MESSAGE_TOO_LARGE') },
    { what: 'a broker has lost its neighbours', error: protocolError('NOT_ENOUGH_REPLICAS') },
    { what: 'too much waits', error: new BusUnavailable(new Error('too much waits to be sent already')) },
    { what: 'an event is invalid', error: new InvalidEvent('content.flagged', 'it breaks its schema') },
  ])('does not begin when $what', async ({ error }) => {
    await failAs(error);
    brokers.error = undefined;
    await publish();
  });

  it('ends by itself when a probe is answered, and not before', async () => {
    await failAs(noConnection);
    const asked = brokers.asked;
    await jest.advanceTimersByTimeAsync(longerThanAPause);
    expect(brokers.asked).toBeGreaterThan(asked + 1);
    await expect(publish()).rejects.toThrow(BusUnavailable);
    brokers.error = undefined;
    await jest.advanceTimersByTimeAsync(longerThanAPause);
    await publish();
    expect(told).toEqual([
      'Kafka is out of reach: publishes are refused until it answers',
      'Kafka answers again: publishes go on',
    ]);
  });

  it('ends also when the answer to a probe is a refusal: somebody is there', async () => {
    await failAs(noConnection);
    brokers.error = protocolError('LEADER_NOT_AVAILABLE');
    await jest.advanceTimersByTimeAsync(longerThanAPause);
    await expect(publish()).rejects.toBe(brokers.error);
  });

  it('lets nobody but the probe through, however long that takes', async () => {
    let answer = (): void => undefined;
    const probed = new Promise<void>((resolve) => (answer = resolve));
    outage.close();
    outage = new Outage(() => probed, { info: tell, warn: tell } as never);
    await failAs(noConnection);
    await jest.advanceTimersByTimeAsync(longerThanAPause);
    const asked = brokers.asked;
    await expect(publish()).rejects.toThrow(BusUnavailable);
    expect(brokers.asked).toBe(asked);
    brokers.error = undefined;
    answer();
    await jest.advanceTimersByTimeAsync(0);
    await publish();
  });

  it('probes no more once it is closed, and refuses what is published then', async () => {
    await failAs(noConnection);
    outage.close();
    const asked = brokers.asked;
    await jest.advanceTimersByTimeAsync(longerThanAPause);
    expect(brokers.asked).toBe(asked);
    await expect(publish()).rejects.toThrow(BusUnavailable);
    expect(jest.getTimerCount()).toBe(0);
  });
});
