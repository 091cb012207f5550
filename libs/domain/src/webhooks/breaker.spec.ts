import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  admitted,
  afterAttempt,
  type Breaker,
  type BreakerRule,
  breakerState,
  closedBreaker,
} from './breaker.js';

const rule: BreakerRule = { threshold: 3, firstMs: 1_000, longestMs: 10_000 };
const start = new Date('2026-03-01T12:00:00Z');
const later = (from: Date, ms: number) => new Date(from.getTime() + ms);
const failing = (times: number): Breaker => {
  let breaker = closedBreaker;
  for (let count = 0; count < times; count++) {
    breaker = afterAttempt(breaker, false, rule, breaker.openUntil ?? start);
  }
  return breaker;
};

describe("an endpoint's circuit breaker", () => {
  it('opens after so many failures in a row, and no sooner', () => {
    expect(breakerState(failing(2), start)).toBe('closed');
    expect(failing(3)).toEqual({ failures: 3, openUntil: later(start, 1_000) });
    expect(admitted(failing(3), 8, start)).toBe(0);
  });

  it('lets one through when its time has come, and closes when that succeeds', () => {
    const { openUntil } = failing(3);
    expect(admitted(failing(3), 8, openUntil!)).toBe(1);
    expect(afterAttempt(failing(3), true, rule, openUntil!)).toEqual(closedBreaker);
  });

  it('stays open twice as long after every failed trial, up to a bound', () => {
    const lengths = [3, 4, 5, 6, 7, 8].map((times) => {
      const before = failing(times - 1).openUntil ?? start;
      return failing(times).openUntil!.getTime() - before.getTime();
    });
    expect(lengths).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  });

  it('is not held open by failures of what was sent before it opened', () => {
    const open = failing(3);
    expect(afterAttempt(open, false, rule, later(start, 500))).toBe(open);
  });

  it('begins to count anew after every success', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 40 }), (outcomes) => {
        let breaker = closedBreaker;
        let inARow = 0;
        let now = start;
        for (const succeeded of outcomes) {
          now = breaker.openUntil ?? later(now, 1);
          breaker = afterAttempt(breaker, succeeded, rule, now);
          inARow = succeeded ? 0 : inARow + 1;
          expect(breaker.failures).toBe(inARow);
          expect(breakerState(breaker, now)).toBe(inARow >= rule.threshold ? 'open' : 'closed');
        }
      }),
    );
  });
});
