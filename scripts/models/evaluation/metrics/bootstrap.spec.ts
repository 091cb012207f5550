import { describe, expect, it } from '@jest/globals';
import { proportionOf } from '#libs/domain';
import { stratifiedBootstrap } from './bootstrap.js';
import { casesOf } from './cases.builder.js';
import { confusionAt, f1Of, precisionAt, ratesOf } from './confusion.js';
import { crossValidated, stratifiedFolds } from './folds.js';

const many = casesOf(
  Array.from({ length: 200 }, (_, i) => (i < 160 ? 0.9 : 0.1)),
  Array.from({ length: 300 }, () => 0.2),
);
const recall = (counts: Uint32Array): number[] => [
  many.reduce((sum, { score, isPositive }, i) => sum + (isPositive && score > 0.5 ? counts[i]! : 0), 0) / 200,
];

describe('the stratified bootstrap', () => {
  it('gives the interval that is known for a proportion', () => {
    const [interval] = stratifiedBootstrap(many, recall, { resamples: 4_000, seed: 1 });
    const known = proportionOf(160, 200)!;
    expect(interval!.lower).toBeCloseTo(known.lower, 1);
    expect(interval!.upper).toBeCloseTo(known.upper, 1);
    // normal approximation; a resample moves in steps of 1/200
    const width = 2 * 1.96 * Math.sqrt((0.8 * 0.2) / 200);
    expect(Math.abs(interval!.upper - interval!.lower - width)).toBeLessThan(0.01);
  });

  it('gives the same for the same seed, and another for another', () => {
    const [one, again, other] = [1, 1, 2].map(
      (seed) => stratifiedBootstrap(many, recall, { resamples: 50, seed })[0],
    );
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
  });

  it('draws as many of each class as there are', () => {
    stratifiedBootstrap(
      many,
      (counts) => {
        expect(counts.subarray(0, 200).reduce((a, b) => a + b)).toBe(200);
        expect(counts.subarray(200).reduce((a, b) => a + b)).toBe(300);
        return [0];
      },
      { resamples: 3, seed: 5 },
    );
  });
});

describe('what a threshold does', () => {
  const cases = casesOf([0.9, 0.5, 0.1], [0.5, 0.4, 0.2, 0.1]);

  it('counts a score at the threshold as flagged', () =>
    expect(confusionAt(cases, 0.5)).toEqual({
      truePositives: 2,
      falsePositives: 1,
      falseNegatives: 1,
      trueNegatives: 3,
    }));

  it('gives rates with their intervals, and none where nothing was tried', () => {
    const rates = ratesOf(confusionAt(cases, 0.5));
    expect([rates.precision!.value, rates.recall!.value, rates.specificity!.value]).toEqual([
      2 / 3,
      2 / 3,
      3 / 4,
    ]);
    expect(ratesOf(confusionAt(cases, 0.95)).precision).toBeUndefined();
    expect(f1Of(confusionAt(cases, 0.5))).toBeCloseTo(2 / 3, 12);
  });

  it('means a lower precision where what it looks for is rare', () => {
    expect(precisionAt(0.5, 0.9, 0.1)).toBeCloseTo(0.9, 12);
    expect(precisionAt(0.01, 0.9, 0.1)).toBeCloseTo(0.009 / (0.009 + 0.099), 12);
  });
});

describe('folds', () => {
  it('hold a fair share of each class, and every case once', () => {
    const cases = casesOf(new Array<number>(25).fill(0.5), new Array<number>(50).fill(0.5));
    const folds = stratifiedFolds(cases, 5, 3);
    for (let fold = 0; fold < 5; fold += 1) {
      const own = cases.filter((_, i) => folds[i] === fold);
      expect(own.filter(({ isPositive }) => isPositive)).toHaveLength(5);
      expect(own).toHaveLength(15);
    }
    const parts = crossValidated(cases, folds, (training) => training.length);
    expect(parts.map(({ fitted }) => fitted)).toEqual([60, 60, 60, 60, 60]);
    expect(parts.flatMap(({ held }) => held).sort((a, b) => a - b)).toEqual(cases.map((_, i) => i));
  });
});
