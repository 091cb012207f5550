import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nextAttempt, retryDelayMs, type RetryRule } from './retry-delay.js';

const hourMs = 3_600_000;
const rule: RetryRule = { firstMs: 5_000, longestMs: hourMs, windowMs: 24 * hourMs };
const since = new Date('2026-03-01T12:00:00Z');
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('retryDelayMs', () => {
  it('stays below a bound that doubles up to the longest', () => {
    const almostOne = 1 - Number.EPSILON;
    const bounds = [1, 2, 3, 10, 11, 60, 1e9].map((attempt) => retryDelayMs(rule, attempt, almostOne));
    expect(bounds.map((ms) => Math.ceil((ms + 1) / 1000))).toEqual([5, 10, 20, 2560, 3600, 3600, 3600]);
  });

  it('uses all of the time below the bound', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), random, (attempt, chance) => {
        const [delay, bound] = [retryDelayMs(rule, attempt, chance), retryDelayMs(rule, attempt, 1)];
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(Math.abs(delay - chance * bound)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('nextAttempt', () => {
  it('never lies outside the window, and ends there', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 0, max: 26 * hourMs }),
        random,
        (attempt, age, chance) => {
          const now = new Date(since.getTime() + age);
          const at = nextAttempt(rule, { attempt, since, now }, chance);
          const end = since.getTime() + rule.windowMs;
          if (at === undefined)
            expect(age + retryDelayMs(rule, attempt, chance)).toBeGreaterThan(rule.windowMs);
          else {
            expect(at.getTime()).toBeLessThanOrEqual(end);
            expect(at.getTime()).toBeGreaterThanOrEqual(now.getTime());
          }
        },
      ),
    );
  });

  it('goes on for the whole of 24 hours', () => {
    let now = since;
    let attempt = 0;
    for (
      let at: Date | undefined = since;
      at !== undefined;
      at = nextAttempt(rule, { attempt, since, now }, 0.5)
    ) {
      now = at;
      attempt++;
    }
    expect(now.getTime() - since.getTime()).toBeGreaterThan(23 * hourMs);
    expect(attempt).toBeGreaterThan(40);
  });
});
