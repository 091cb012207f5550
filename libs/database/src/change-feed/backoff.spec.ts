import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { backoffMs } from './backoff.js';

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('backoffMs', () => {
  it('waits between 50 ms and 5 s, whatever the attempt', () => {
    fc.assert(
      fc.property(fc.nat(), random, (attempt, luck) => {
        const wait = backoffMs(attempt, luck);
        expect(wait).toBeGreaterThanOrEqual(50);
        expect(wait).toBeLessThanOrEqual(5_000);
      }),
    );
  });

  it('never waits less for a later attempt with the same luck', () => {
    fc.assert(
      fc.property(fc.nat(1000), random, (attempt, luck) => {
        expect(backoffMs(attempt + 1, luck)).toBeGreaterThanOrEqual(backoffMs(attempt, luck));
      }),
    );
  });
});
