import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { auditDraw } from './audit-draw.js';

const ids = Array.from({ length: 20_000 }, () => randomUUID());

describe('The draw of an audit sample', () => {
  it('is the same for a request that is repeated', () => {
    expect(ids.map(auditDraw)).toEqual(ids.map(auditDraw));
  });

  it('is uniform between 0 and 1', () => {
    for (const rate of [0.002, 0.05, 0.5]) {
      const below = ids.filter((id) => auditDraw(id) < rate).length;
      const deviation = Math.sqrt(ids.length * rate * (1 - rate));
      expect(Math.abs(below - ids.length * rate)).toBeLessThan(6 * deviation);
    }
  });
});
