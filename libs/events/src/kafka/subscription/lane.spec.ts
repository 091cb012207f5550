import { describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { aFlaggedEvent } from '../../../../../test/builders/event.builder.js';
import type { BatchHandler } from '../../event-bus.js';
import { done } from '../../outcomes.js';
import { WakeUp } from '../../wake-up.js';
import { defaultKafkaDelivery } from '../delivery-options.js';
import type { Committer } from './committer.js';
import { Lane } from './lane.js';
import { Partition } from './partitions.js';
import { Settlement } from './settlement.js';
import type { SubscriptionParts } from './ports.js';
import type { TakenMessage } from './taken-message.js';

const batchSize = 2;
const commitMs = 20;
const pair = { topic: 'content.flagged', group: 'worker' } as const;

const aMessage = (partition: Partition, offset: number): TakenMessage<'content.flagged'> => {
  partition.admit(offset);
  return {
    partition,
    offset,
    original: { offset: String(offset) } as TakenMessage<'content.flagged'>['original'],
    received: {
      ok: true,
      value: {
        event: { ...aFlaggedEvent(), id: String(offset) },
        attempt: 1,
        notBefore: 0,
        acceptedAt: new Date(0),
      },
    },
    deaths: 0,
    bytes: 1,
    arrivedAt: 0,
    isBegun: false,
    isHandedBack: false,
  };
};

/** A lane that works off so many messages, with a commit that takes its time; resolves when it has. */
const workedOff = async (
  count: number,
  handler: (ids: number[], partition: Partition) => Promise<void>,
): Promise<{ asked: number[]; handled: number[][]; marked: string[] }> => {
  const partition = new Partition('main', 0);
  partition.isReady = true;
  const waiting = Array.from({ length: count }, (_, offset) => aMessage(partition, offset));
  const asked: number[] = [];
  const handled: number[][] = [];
  const marked: string[] = [];
  const parts = {
    delivery: defaultKafkaDelivery,
    logger: { error: (facts: { err: unknown }) => expect(facts.err).toBeUndefined() },
    observer: { settled: () => undefined },
  } as unknown as SubscriptionParts;
  const handle: BatchHandler<'content.flagged'> = async (batch) => {
    const ids = batch.map(({ event }) => Number(event.id));
    handled.push(ids);
    await handler(ids, partition);
    return batch.map(done);
  };
  const committer = {
    commit: async () => {
      const working = partition.tracker.marks().filter(({ state }) => state === 'working');
      marked.push(working.map(({ from, to }) => `${from}-${to}`).join());
      await delay(commitMs);
    },
  } as Committer;
  await new Lane({
    parts,
    pair,
    handler: handle,
    limitSeconds: 10,
    settlement: new Settlement(parts, pair),
    committer,
    wakeUp: new WakeUp(),
    takesMore: () => waiting.length > 0,
    batchSize,
    next: (mostBatches) => {
      asked.push(mostBatches);
      return waiting.splice(0, mostBatches * batchSize);
    },
    onIdle: () => undefined,
    lookAgainMs: () => 1_000,
  }).ended;
  return { asked, handled, marked };
};

describe('A lane', () => {
  it('marks several batches in a commit when its handler is quick, and hands them over one by one', async () => {
    const { asked, handled, marked } = await workedOff(6, () => Promise.resolve());
    expect(asked).toEqual([1, defaultKafkaDelivery.batchesAhead]);
    expect(marked).toEqual(['0-1', '2-5']);
    expect(handled).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
    ]);
  });

  it('marks only what its handler gets at once when that takes its time', async () => {
    const { asked, marked } = await workedOff(6, () => delay(3 * commitMs));
    expect(asked).toEqual([1, 1, 1]);
    expect(marked).toEqual(['0-1', '2-3', '4-5']);
  });

  it('does not hand over what was lost while the batch before it was handled', async () => {
    const { handled } = await workedOff(6, (ids, partition) => {
      partition.isLost = ids.includes(2);
      return Promise.resolve();
    });
    expect(handled).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });
});
