import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { calibrate, calibrationSchema } from '#libs/inference';
import { casesOf } from '../metrics/cases.builder.js';
import { asTheyCome, weightsFor } from '../metrics/class-weights.js';
import type { ScoredCase } from '../metrics/scored-case.js';
import { seededRandom } from '../metrics/seeded-random.js';
import { calibrationOf } from './calibration-report.js';
import { calibrationMethods, fitCalibration } from './fit-calibration.js';
import { fitIsotonic } from './fit-isotonic.js';
import { logistic, logit } from './logit.js';

/** Cases whose truth follows 1 / (1 + exp(−(slope·logit(score) + intercept))). */
const drawn = (count: number, slope: number, intercept: number): ScoredCase[] => {
  const random = seededRandom(42);
  return Array.from({ length: count }, () => {
    const score = logistic(6 * (random() - 0.5));
    return { score, isPositive: random() < logistic(slope * logit(score) + intercept) };
  });
};

describe('Platt’s method', () => {
  it('finds the slope and the intercept that the truth follows', () => {
    const fitted = fitCalibration('platt', drawn(20_000, 0.6, -1), asTheyCome);
    if (!fitted.ok || fitted.value.method !== 'platt') throw new Error('no fit');
    expect(fitted.value.slope).toBeCloseTo(0.6, 1);
    expect(fitted.value.intercept).toBeCloseTo(-1, 1);
  });

  it('stays finite where the classes are perfectly told apart', () => {
    const fitted = fitCalibration('platt', casesOf([0.9, 0.95], [0.1, 0.05]), asTheyCome);
    if (!fitted.ok || fitted.value.method !== 'platt') throw new Error('no fit');
    expect(fitted.value.slope).toBeLessThan(10);
  });

  it('moves even odds to the prevalence of the traffic', () => {
    const cases = drawn(20_000, 1, 0);
    const fitted = fitCalibration('platt', cases, weightsFor(cases, 0.01));
    if (!fitted.ok || fitted.value.method !== 'platt') throw new Error('no fit');
    const share = cases.filter(({ isPositive }) => isPositive).length / cases.length;
    const shift = Math.log(0.01 / 0.99) - Math.log(share / (1 - share));
    expect(fitted.value.intercept).toBeCloseTo(shift, 0);
    expect(fitted.value.slope).toBeCloseTo(1, 1);
  });
});

describe('the temperature', () => {
  it('is found where scores are too sure', () => {
    const fitted = fitCalibration('temperature', drawn(20_000, 0.5, 0), asTheyCome);
    if (!fitted.ok || fitted.value.method !== 'temperature') throw new Error('no fit');
    expect(fitted.value.temperature).toBeCloseTo(2, 1);
  });
});

describe('isotonic regression', () => {
  it('pools neighbours that are in the wrong order, by hand', () => {
    // 0.1 − · 0.2 + · 0.3 − · 0.4 +  →  0, then 0.2 and 0.3 pooled to a half, then 1
    expect(fitIsotonic(casesOf([0.2, 0.4], [0.1, 0.3]), asTheyCome)).toEqual([
      [0.1, 0],
      [0.2, 0.5],
      [0.3, 0.5],
      [0.4, 1],
    ]);
  });

  const scores = fc.array(fc.integer({ min: 0, max: 15 }), { minLength: 1, maxLength: 20 });

  it('rises, and keeps the number of positives', () => {
    fc.assert(
      fc.property(scores, scores, (positives, negatives) => {
        const cases = casesOf(
          positives.map((each) => each / 15),
          negatives.map((each) => each / 15),
        );
        const points = fitIsotonic(cases, asTheyCome);
        points.slice(1).forEach(([x, y], i) => {
          expect(x).toBeGreaterThan(points[i]![0]);
          expect(y).toBeGreaterThanOrEqual(points[i]![1]);
        });
        const at = new Map(points);
        // every score lies on a step: at its ends, or between two ends of the same height
        const fitted = cases.map(({ score }) => at.get(score) ?? points.find(([x]) => x > score)![1]);
        expect(fitted.reduce((sum, y) => sum + y, 0)).toBeCloseTo(positives.length, 9);
      }),
    );
  });

  it('is nearer to the truth than any other rising function on the same steps', () => {
    fc.assert(
      fc.property(
        scores,
        scores,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 16, maxLength: 16 }),
        (positives, negatives, heights) => {
          const cases = casesOf(positives, negatives).map((each) => ({ ...each, score: each.score / 15 }));
          const points = fitIsotonic(cases, asTheyCome);
          const rising = heights.toSorted((a, b) => a - b);
          const squares = (of: (score: number) => number): number =>
            cases.reduce((sum, { score, isPositive }) => sum + ((isPositive ? 1 : 0) - of(score)) ** 2, 0);
          const fitted = (score: number): number => points.find(([x]) => x >= score - 1e-12)![1];
          expect(squares(fitted)).toBeLessThanOrEqual(
            squares((score) => rising[Math.round(score * 15)]!) + 1e-9,
          );
        },
      ),
    );
  });
});

describe('a calibration that was fitted', () => {
  const tooSure = drawn(4_000, 0.4, -1.5);

  it.each(calibrationMethods)('by %s can stand in a manifest', (method) => {
    const fitted = fitCalibration(method, tooSure, asTheyCome);
    if (!fitted.ok) throw new Error(fitted.detail);
    expect(calibrationSchema.parse(fitted.value)).toEqual(fitted.value);
    expect(calibrate(0.5, fitted.value)).toBeLessThanOrEqual(0.5);
  });

  it('lowers the error on cases that it was not fitted to', () => {
    const report = calibrationOf(tooSure, tooSure, {
      prevalence: undefined,
      bootstrap: { resamples: 50, seed: 1 },
    });
    for (const { method, outOfFold } of report.methods) {
      if (method === 'temperature') continue; // cannot move even odds, which here are off
      expect(outOfFold!.error.value).toBeLessThan(report.asIs.error.value / 3);
      expect(outOfFold!.brier.value).toBeLessThan(report.asIs.brier.value);
    }
    expect(report.methods.map(({ method }) => method)).toEqual([...calibrationMethods]);
  });

  it.each(calibrationMethods)('by %s is none where scores fall as the truth rises', (method) => {
    const wrong = tooSure.map(({ score, isPositive }) => ({ score: 1 - score, isPositive }));
    expect(fitCalibration(method, wrong, asTheyCome).ok).toBe(method === 'isotonic');
    const worst = casesOf([0.1, 0.1], [0.9, 0.9]);
    expect(fitCalibration(method, worst, asTheyCome)).toMatchObject({ ok: false, code: 'not_calibratable' });
  });

  it('is none with a handful of positives', () => {
    const few = calibrationOf(casesOf([0.9, 0.8], new Array<number>(90).fill(0.1)), [], {
      prevalence: undefined,
    });
    expect(few.methods).toEqual([]);
    expect(few.tooFew).toContain('2 positives');
  });
});
