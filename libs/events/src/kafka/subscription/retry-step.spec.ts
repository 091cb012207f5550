import { describe, expect, it } from '@jest/globals';
import { retryStep } from './retry-step.js';

describe('The step of a retry', () => {
  it('grows with the tries, and stays at the last one', () => {
    const steps = [1, 2, 3, 4, 11].map((attempt) => retryStep([2, 20, 200], attempt, () => 0));
    expect(steps.map(({ step }) => step)).toEqual([0, 1, 2, 2, 2]);
    expect(steps.map(({ waitMs }) => waitMs)).toEqual([2_000, 20_000, 200_000, 200_000, 200_000]);
  });

  it('waits up to a tenth longer, so that what failed together does not come again together', () => {
    expect(retryStep([2], 1, () => 1).waitMs).toBe(2_200);
  });
});
