import { describe, expect, it, jest } from '@jest/globals';
import type { EventOn } from '#libs/domain';
import { InvalidEvent } from '#libs/events';
import { AllowLedger } from './allow-ledger.js';

type Judged = EventOn<'content.judged'>;
const event = (id: number): Judged => ({ id: String(id) }) as Judged;

/** A bus that can be away, and refuses some events. */
class ShakyBus {
  isAway = false;
  readonly refused = new Set<string>();
  readonly batches: string[][] = [];
  asked = 0;

  publish(_topic: string, events: Judged[]): Promise<void> {
    this.asked += 1;
    if (this.isAway) return Promise.reject(new Error('away'));
    if (events.some(({ id }) => this.refused.has(id)))
      return Promise.reject(new InvalidEvent('content.judged', 'it breaks the schema'));
    this.batches.push(events.map(({ id }) => id));
    return Promise.resolve();
  }
}

const aLedger = (
  bus: ShakyBus,
  over: { batchSize?: number; capacity?: number; retryDelayMs?: number } = {},
  onInvalid: () => void = () => undefined,
) => {
  const dropped: number[] = [];
  const invalid: string[] = [];
  const ledger = new AllowLedger(bus as never, {
    maxDelayMs: 1,
    retryDelayMs: over.retryDelayMs ?? 1,
    batchSize: over.batchSize ?? 3,
    capacity: over.capacity ?? 100,
    onDropped: (events) => dropped.push(events),
    onInvalid: ({ id }) => {
      invalid.push(id);
      onInvalid();
    },
    onTrouble: () => undefined,
  });
  return { ledger, dropped, invalid };
};

describe('The ledger of allows', () => {
  it('publishes a full batch at once', async () => {
    const bus = new ShakyBus();
    const { ledger } = aLedger(bus);
    for (const id of [1, 2, 3, 4]) ledger.add(event(id));
    await ledger.close();
    expect(bus.batches).toEqual([['1', '2', '3'], ['4']]);
  });

  it('publishes what waits after its delay, without being asked', async () => {
    const bus = new ShakyBus();
    const published = new Promise<void>((resolve) => {
      const publish = bus.publish.bind(bus);
      bus.publish = (...call) => publish(...call).then(resolve);
    });
    aLedger(bus).ledger.add(event(1));
    // The ledger's timer does not keep a process alive, so something else has to.
    const alive = setInterval(() => undefined, 1000);
    await published;
    clearInterval(alive);
    expect(bus.batches).toEqual([['1']]);
  });

  it('keeps the order and loses nothing while the bus is away for a while', async () => {
    const bus = new ShakyBus();
    const { ledger, dropped } = aLedger(bus);
    bus.isAway = true;
    for (const id of [1, 2, 3, 4, 5]) ledger.add(event(id));
    await ledger.flush();
    bus.isAway = false;
    await ledger.close();
    expect(bus.batches.flat()).toEqual(['1', '2', '3', '4', '5']);
    expect(dropped).toEqual([]);
  });

  it('asks a bus that is away once in a while, however much comes, and by itself', async () => {
    jest.useFakeTimers();
    try {
      const bus = new ShakyBus();
      const { ledger } = aLedger(bus, { retryDelayMs: 1_000 });
      bus.isAway = true;
      for (let id = 1; id <= 90; id += 1) {
        ledger.add(event(id));
        await jest.advanceTimersByTimeAsync(10);
      }
      expect(bus.asked).toBe(1);
      await jest.advanceTimersByTimeAsync(1_000);
      expect(bus.asked).toBe(2);
      bus.isAway = false;
      await jest.advanceTimersByTimeAsync(1_000);
      expect(bus.batches.flat()).toHaveLength(90);
    } finally {
      jest.useRealTimers();
    }
  });

  it('drops the oldest beyond its capacity, and says how many', async () => {
    const bus = new ShakyBus();
    const { ledger, dropped } = aLedger(bus, { capacity: 3, batchSize: 100 });
    bus.isAway = true;
    for (const id of [1, 2, 3, 4, 5]) ledger.add(event(id));
    bus.isAway = false;
    await ledger.close();
    expect(bus.batches.flat()).toEqual(['3', '4', '5']);
    expect(dropped.reduce((sum, count) => sum + count, 0)).toBe(2);
  });

  it('counts as dropped what the bus does not take at the end', async () => {
    const bus = new ShakyBus();
    const { ledger, dropped } = aLedger(bus);
    bus.isAway = true;
    ledger.add(event(1));
    await ledger.close();
    expect(dropped).toEqual([1]);
  });

  it('publishes at its end also what came while a batch was on its way', async () => {
    const bus = new ShakyBus();
    const { ledger } = aLedger(bus, { batchSize: 1 });
    ledger.add(event(1));
    ledger.add(event(2));
    ledger.add(event(3));
    await ledger.close();
    expect(bus.batches.flat()).toEqual(['1', '2', '3']);
  });

  it('drops only the event that can never be published, and says which', async () => {
    const bus = new ShakyBus();
    bus.refused.add('2');
    const { ledger, dropped, invalid } = aLedger(bus);
    for (const id of [1, 2, 3, 4]) ledger.add(event(id));
    await ledger.close();
    expect(bus.batches.flat()).toEqual(['1', '3', '4']);
    expect({ dropped, invalid }).toEqual({ dropped: [1], invalid: ['2'] });
  });

  it('keeps what is left of such a batch when the bus goes away meanwhile', async () => {
    const bus = new ShakyBus();
    bus.refused.add('1');
    const { ledger, dropped, invalid } = aLedger(bus, {}, () => (bus.isAway = true));
    for (const id of [1, 2, 3]) ledger.add(event(id));
    await ledger.flush();
    expect(bus.batches).toEqual([]);
    bus.isAway = false;
    await ledger.close();
    expect(bus.batches.flat()).toEqual(['2', '3']);
    expect({ dropped, invalid }).toEqual({ dropped: [1], invalid: ['1'] });
  });
});
