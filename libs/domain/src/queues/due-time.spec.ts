import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dueAt, slaAt, type Urgency } from './due-time.js';

const receivedAt = new Date('2026-03-01T12:00:00Z');
const minutes = (urgency: Partial<Urgency>): number =>
  (dueAt({ receivedAt, worst: null, audience: null, slaSeconds: null, priority: 1, ...urgency }).getTime() -
    receivedAt.getTime()) /
  60_000;

const number01 = fc.double({ min: 0, max: 1, noNaN: true });
const urgency = fc.record({
  worst: fc.option(fc.record({ score: number01, threshold: number01 })),
  audience: fc.option(fc.nat()),
  slaSeconds: fc.option(fc.integer({ min: 60, max: 7_776_000 })),
  priority: fc.double({ min: 0.1, max: 10, noNaN: true }),
});
const inOrder = <Value>(a: Value, b: Value, by: (value: Value) => number): [Value, Value] =>
  by(a) <= by(b) ? [a, b] : [b, a];

describe('the due time', () => {
  it('is a quarter of an hour for what is certain to be bad, and a day for what nothing speaks against', () => {
    expect(minutes({ worst: { score: 1, threshold: 0.3 } })).toBe(15);
    expect(minutes({})).toBe(24 * 60);
  });

  it('comes sooner the higher the score', () => {
    fc.assert(
      fc.property(urgency, number01, number01, number01, (rest, threshold, a, b) => {
        const [low, high] = inOrder(a, b, Number);
        const of = (score: number) => minutes({ ...rest, worst: { score, threshold } });
        expect(of(high)).toBeLessThanOrEqual(of(low));
      }),
    );
  });

  it('comes sooner the nearer the score lies above its threshold', () => {
    expect(minutes({ worst: { score: 0.6, threshold: 0.59 } })).toBeLessThan(
      minutes({ worst: { score: 0.6, threshold: 0.3 } }),
    );
  });

  it('comes sooner the more people see it, and the more urgent its rule makes it', () => {
    fc.assert(
      fc.property(urgency, fc.nat(), fc.nat(), (rest, a, b) => {
        const [few, many] = inOrder(a, b, Number);
        expect(minutes({ ...rest, audience: many })).toBeLessThanOrEqual(minutes({ ...rest, audience: few }));
      }),
    );
    fc.assert(
      fc.property(urgency, urgency, (one, other) => {
        const [calm, urgent] = inOrder(one.priority, other.priority, Number);
        expect(minutes({ ...one, priority: urgent })).toBeLessThanOrEqual(
          minutes({ ...one, priority: calm }),
        );
      }),
    );
    expect(minutes({ audience: 1_000_000 })).toBeLessThan(minutes({ audience: 100 }));
  });

  it('never lies beyond what its queue promises, nor before the picture came', () => {
    fc.assert(
      fc.property(urgency, (each) => {
        const due = minutes(each);
        expect(due).toBeGreaterThan(0);
        expect(due).toBeLessThanOrEqual((each.slaSeconds ?? 86_400) / 60);
      }),
    );
  });

  it('leaves what came earlier before what came later, of equals', () => {
    fc.assert(
      fc.property(urgency, fc.nat(), (each, laterMs) => {
        const later = new Date(receivedAt.getTime() + laterMs);
        expect(
          dueAt({ ...each, receivedAt: later }).getTime() - dueAt({ ...each, receivedAt }).getTime(),
        ).toBe(laterMs);
      }),
    );
  });
});

describe('the promise', () => {
  it('is broken its seconds after the picture was received; without one, never', () => {
    expect(slaAt(receivedAt, 3600)).toEqual(new Date('2026-03-01T13:00:00Z'));
    expect(slaAt(receivedAt, null)).toBeNull();
  });
});
