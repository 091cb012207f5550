import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { Attempt } from '../sending/webhook-sender.js';
import type { WebhookSettings } from '../webhook-settings.js';
import type { Finished, TakenDelivery } from './delivery-queue.repository.js';
import { EndpointLane, type LaneWork } from './endpoint-lane.js';

const settings = { concurrency: 3 } as WebhookSettings;
const well: Attempt = { error: null, status: 200, response: '', durationMs: 1 };
const aDelivery = (id: string): TakenDelivery => ({
  id,
  leaseToken: id,
  attempt: 1,
  retrySince: new Date(),
  body: { id, type: 'content.verdict', createdAt: '', contentId: id, data: {} },
});

/** Lets everything happen that waits for nothing but its turn. */
const quiet = async (): Promise<void> => {
  for (let count = 0; count < 20; count++) await turn();
};

/** A queue in memory, and attempts that end when the test says so. */
const aWorld = (ids: string[]) => {
  const waiting = ids.map(aDelivery);
  const stored: string[] = [];
  const putBack: string[] = [];
  const troubles: unknown[] = [];
  const attempts = new Map<string, (attempt: Attempt) => void>();
  let isDown = false;
  let stepsAtOnce = 0;
  let mostAtOnce = 0;
  let underWay = 0;
  const work: LaneWork = {
    step: async (id, finished: Finished[], { concurrency }) => {
      mostAtOnce = Math.max(mostAtOnce, ++stepsAtOnce);
      await turn();
      stepsAtOnce--;
      if (isDown) throw new Error('the database is away');
      underWay -= finished.length;
      stored.push(...finished.map(({ delivery }) => delivery.id));
      const taken = waiting.splice(0, Math.max(0, concurrency - underWay));
      underWay += taken.length;
      const endpoint = { id, url: '', secret: Buffer.alloc(0), previousSecret: null };
      return { endpoint, taken, again: false };
    },
    putBack: (deliveries) => Promise.resolve(void putBack.push(...deliveries.map(({ id }) => id))),
    send: (_endpoint, { deliveryId }, signal) =>
      new Promise((resolve, reject) => {
        attempts.set(deliveryId, resolve);
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      }),
    onAttempt: () => undefined,
    onTrouble: (error) => troubles.push(error),
  };
  return {
    lane: new EndpointLane('endpoint', work, settings),
    stored,
    putBack,
    troubles,
    begun: () => [...attempts.keys()],
    end: async (id: string) => {
      attempts.get(id)!(well);
      await quiet();
    },
    down: (now: boolean) => (isDown = now),
    mostAtOnce: () => mostAtOnce,
  };
};

describe('an endpoint’s lane', () => {
  it('takes the next as soon as one has ended, and never takes two steps at once', async () => {
    const { lane, begun, end, stored, mostAtOnce } = aWorld(['a', 'b', 'c', 'd', 'e']);
    for (let count = 0; count < 5; count++) lane.wake();
    await quiet();
    expect(begun()).toEqual(['a', 'b', 'c']);
    await end('b');
    expect(begun()).toEqual(['a', 'b', 'c', 'd']);
    for (const id of ['a', 'c', 'd', 'e']) await end(id);
    expect(stored).toEqual(['b', 'a', 'c', 'd', 'e']);
    expect(mostAtOnce()).toBe(1);
  });

  it('keeps what came of attempts while the database is away', async () => {
    const { lane, end, stored, down, troubles } = aWorld(['a', 'b']);
    lane.wake();
    await quiet();
    down(true);
    await end('a');
    await end('b');
    expect([stored, lane.hasUnsettled, troubles.length > 0]).toEqual([[], true, true]);
    down(false);
    lane.wake();
    await quiet();
    expect(stored).toEqual(['a', 'b']);
    expect(lane.hasUnsettled).toBe(false);
  });

  it('ends by storing what ends in time, and by putting back the rest', async () => {
    const { lane, begun, end, stored, putBack } = aWorld(['a', 'b', 'c', 'd']);
    lane.wake();
    await quiet();
    const closed = lane.close(50);
    await end('c');
    await closed;
    expect(stored).toEqual(['c']);
    expect(putBack.sort()).toEqual(['a', 'b']);
    expect(begun()).not.toContain('d');
  });
});
