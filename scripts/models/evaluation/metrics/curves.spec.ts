import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { areaUnderRoc } from './area-under-roc.js';
import { averagePrecision, averagePrecisionBy } from './average-precision.js';
import { casesOf } from './cases.builder.js';
import { bestF1, precisionRecallCurve, rocCurve, thinned } from './curves.js';

// ranked: + − + + − −
const cases = casesOf([0.9, 0.7, 0.6], [0.8, 0.3, 0.2]);

describe('curves', () => {
  it('go through every distinct score', () => {
    expect(rocCurve(cases)).toEqual([
      [0, 0],
      [0, 1 / 3],
      [1 / 3, 1 / 3],
      [1 / 3, 2 / 3],
      [1 / 3, 1],
      [2 / 3, 1],
      [1, 1],
    ]);
    expect(precisionRecallCurve(cases).slice(0, 4)).toEqual([
      [1 / 3, 1],
      [1 / 3, 1 / 2],
      [2 / 3, 2 / 3],
      [1, 3 / 4],
    ]);
  });

  it('cross ties in one step, along the diagonal', () =>
    expect(rocCurve(casesOf([0.5], [0.5]))).toEqual([
      [0, 0],
      [1, 1],
    ]));

  it('enclose the area that the ranks give', () => {
    const scores = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(scores, scores, (positives, negatives) => {
        const curve = rocCurve(casesOf(positives, negatives));
        const area = curve.slice(1).reduce((sum, [x, y], i) => {
          const [fromX, fromY] = curve[i]!;
          return sum + ((x - fromX) * (y + fromY)) / 2;
        }, 0);
        expect(area).toBeCloseTo(areaUnderRoc(casesOf(positives, negatives))!.value, 10);
      }),
    );
  });

  it('find the threshold of the highest F1', () => {
    // three of four flagged are right, and all three are found
    const { threshold, value } = bestF1(cases);
    expect(threshold).toBe(0.6);
    expect(value).toBeCloseTo((2 * 3) / (2 * 3 + 1), 12);
  });

  it('keep both ends when they are thinned', () => {
    const points = Array.from({ length: 5_000 }, (_, i) => i);
    const kept = thinned(points, 100);
    expect([kept.length, kept[0], kept.at(-1)]).toEqual([100, 0, 4_999]);
  });
});

describe('average precision', () => {
  it('is the mean precision at each positive', () =>
    expect(averagePrecision(cases)).toBeCloseTo((1 + 2 / 3 + 3 / 4) / 3, 12));

  it('takes ties together: their order is nobody’s merit', () =>
    expect(averagePrecision(casesOf([0.5], [0.5, 0.5, 0.5]))).toBe(0.25));

  it('counts a case as often as it was drawn', () => {
    const counted = averagePrecisionBy(cases)(Uint32Array.of(2, 0, 1, 3, 0, 1));
    expect(counted).toBeCloseTo(averagePrecision(casesOf([0.9, 0.9, 0.6], [0.8, 0.8, 0.8, 0.2])), 12);
  });
});
