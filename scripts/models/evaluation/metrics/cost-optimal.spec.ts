import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { casesOf } from './cases.builder.js';
import { weightsFor } from './class-weights.js';
import { costOptimalLines, costUnder, type MistakeCosts } from './cost-optimal.js';

const costs: MistakeCosts = { falseAlarm: 1, miss: 10, review: 0.5 };

describe('cost-optimal lines', () => {
  it('block what is certain, send to review what is not, and let the rest pass', () => {
    const cases = casesOf([0.95, 0.9, 0.5], [0.55, 0.45, 0.2, 0.1, 0.05]);
    const lines = costOptimalLines(cases, costs);
    // 0.55 is a false alarm at 1 or a review at 0.5; from 0.45 down a review buys nothing
    expect(lines.block).toBeCloseTo((0.9 + 0.55) / 2, 12);
    expect(lines.review).toBeCloseTo((0.5 + 0.45) / 2, 12);
    expect(costUnder(cases, lines, costs)).toBeCloseTo((0.5 + 0.5) / 8, 12);
  });

  it('are not drawn where nothing is worth it', () => {
    const cases = casesOf([0.1], [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2]);
    expect(costOptimalLines(cases, { falseAlarm: 5, miss: 1, review: 5 })).toEqual({
      review: null,
      block: null,
    });
  });

  it('never send to a person who costs more than any mistake', () => {
    const cases = casesOf([0.9, 0.6], [0.7, 0.1]);
    expect(costOptimalLines(cases, { falseAlarm: 1, miss: 1.5, review: 50 }).review).toBeNull();
  });

  it('cost no more than any other pair of lines', () => {
    const score = fc.integer({ min: 0, max: 10 }).map((tenth) => tenth / 10);
    const scores = fc.array(score, { minLength: 1, maxLength: 12 });
    const money = fc.integer({ min: 0, max: 20 });
    fc.assert(
      fc.property(scores, scores, fc.tuple(money, money, money), (positives, negatives, [a, b, c]) => {
        const cases = casesOf(positives, negatives);
        const prices = { falseAlarm: a, miss: b, review: c };
        const weights = weightsFor(cases, 0.2);
        const best = costUnder(cases, costOptimalLines(cases, prices, weights), prices, weights);
        const lines = [null, ...Array.from({ length: 11 }, (_, tenth) => tenth / 10)];
        for (const review of lines)
          for (const block of lines)
            if (review === null || block === null || review <= block)
              expect(best).toBeLessThanOrEqual(costUnder(cases, { review, block }, prices, weights) + 1e-9);
      }),
    );
  });
});

describe('weights', () => {
  it('make the positives as frequent as they are in the traffic', () => {
    const cases = casesOf([1, 1], [0, 0, 0, 0, 0, 0]);
    const { positive, negative } = weightsFor(cases, 0.1);
    expect(2 * positive + 6 * negative).toBeCloseTo(8, 12);
    expect((2 * positive) / 8).toBeCloseTo(0.1, 12);
    expect(weightsFor(cases, undefined)).toEqual({ positive: 1, negative: 1 });
  });
});
