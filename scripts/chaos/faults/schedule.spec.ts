import { describe, expect, it } from '@jest/globals';
import { faultKinds, scheduleFaults } from './schedule.js';

const whole = { uploads: 5_000, faults: 'all', bus: 'kafka', blobs: 's3' } as const;

describe('The plan of faults', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(scheduleFaults(1, whole)).toEqual(scheduleFaults(1, whole));
    expect(scheduleFaults(1, whole)).not.toEqual(scheduleFaults(2, whole));
  });

  it('has every kind in every round, in order, within the run', () => {
    for (let seed = 0; seed < 50; seed++) {
      const plan = scheduleFaults(seed, { ...whole, uploads: 30_000 });
      for (const kind of faultKinds)
        expect(plan.filter((each) => each.kind === kind).length).toBeGreaterThanOrEqual(3);
      const moments = plan.map(({ at }) => at);
      expect(moments).toEqual([...moments].sort((a, b) => a - b));
      expect(moments.every((at) => at > 0 && at < 1)).toBe(true);
    }
  });

  it('breaks no server that does not run', () => {
    const kinds = scheduleFaults(1, { ...whole, bus: 'postgres', blobs: 'disk' }).map(({ kind }) => kind);
    expect(kinds.filter((kind) => /broker|kafka|s3/.test(kind))).toEqual([]);
  });
});
