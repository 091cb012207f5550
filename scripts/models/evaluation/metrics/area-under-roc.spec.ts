import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { areaUnderRoc, midRanks } from './area-under-roc.js';
import { casesOf } from './cases.builder.js';

const repeated = (counts: number[]): number[] =>
  counts.flatMap((count, rating) => new Array<number>(count).fill((rating + 1) / 5));

/** The definition itself, pair by pair, with the variance of its structural components. */
const byPairs = (positives: number[], negatives: number[]): { area: number; error: number } => {
  const win = (x: number, y: number): number => (x > y ? 1 : x === y ? 0.5 : 0);
  const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const variance = (values: number[]): number =>
    values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - 1);
  const ofPositives = positives.map((x) => mean(negatives.map((y) => win(x, y))));
  const ofNegatives = negatives.map((y) => mean(positives.map((x) => win(x, y))));
  const error = Math.sqrt(
    variance(ofPositives) / positives.length + variance(ofNegatives) / negatives.length,
  );
  return { area: mean(ofPositives), error };
};

describe('the area under the ROC curve', () => {
  it('is what Hanley and McNeil (1982) and Stata’s roctab give for 109 rated CT images', () => {
    const found = areaUnderRoc(casesOf(repeated([3, 2, 2, 11, 33]), repeated([33, 6, 6, 11, 2])))!;
    expect(found.value).toBeCloseTo(0.8932, 4);
    expect(found.standardError).toBeCloseTo(0.0307, 4);
    expect(found.interval).toBe('delong');
    expect(found.lower).toBeGreaterThan(0.8);
    expect(found.upper).toBeLessThan(0.96);
  });

  it('is the share of pairs in the right order, ties half', () => {
    // 0.9 beats all three, 0.4 beats two and ties none: (3 + 2) / 6
    expect(areaUnderRoc(casesOf([0.9, 0.4], [0.7, 0.3, 0.2]))!.value).toBeCloseTo(5 / 6, 12);
    expect(areaUnderRoc(casesOf([0.5, 0.5], [0.5, 0.5]))!.value).toBe(0.5);
  });

  it('agrees with the definition, pair by pair, for any scores', () => {
    const scores = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 2, maxLength: 25 });
    fc.assert(
      fc.property(scores, scores, (positives, negatives) => {
        const found = areaUnderRoc(casesOf(positives, negatives))!;
        const { area, error } = byPairs(positives, negatives);
        expect(found.value).toBeCloseTo(area, 10);
        expect(found.standardError).toBeCloseTo(error, 10);
        expect(found.lower).toBeLessThanOrEqual(found.value);
        expect(found.upper).toBeGreaterThanOrEqual(found.value);
        expect(found.lower).toBeGreaterThanOrEqual(0);
        expect(found.upper).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('is not taken for certain where a few cases are perfectly told apart', () => {
    const few = areaUnderRoc(casesOf([0.9, 0.8, 0.7], [0.3, 0.2, 0.1]))!;
    const many = areaUnderRoc(casesOf(new Array<number>(100).fill(1), new Array<number>(100).fill(0)))!;
    expect(few).toMatchObject({ value: 1, upper: 1, interval: 'newcombe' });
    expect(few.lower).toBeLessThan(0.7);
    expect(many.lower).toBeGreaterThan(0.95);
    expect(many.lower).toBeLessThan(1);
  });

  it('is unknown with fewer than two of a class', () => {
    expect(areaUnderRoc(casesOf([0.9], [0.1, 0.2]))).toBeUndefined();
  });
});

describe('mid-ranks', () => {
  it('give equal values the mean of their ranks', () =>
    expect(midRanks([0.3, 0.1, 0.3, 0.9])).toEqual([2.5, 1, 2.5, 4]));
});
