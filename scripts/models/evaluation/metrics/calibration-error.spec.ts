import { describe, expect, it } from '@jest/globals';
import { brierScore, expectedCalibrationError, reliabilityBins } from './calibration-error.js';
import { casesOf } from './cases.builder.js';
import { asTheyCome, weightsFor } from './class-weights.js';

const once = (count: number): Uint32Array => new Uint32Array(count).fill(1);

describe('calibration error', () => {
  // two bins: [0, 0.5) with 0.1 and 0.3, one positive; [0.5, 1] with 0.6, 0.8, 1.0, two positives
  const cases = casesOf([0.3, 0.8, 1.0], [0.1, 0.6]);

  it('is the mean gap between score and truth over the bins, by hand', () => {
    // |1 − 0.4| / 5 + |2 − 2.4| / 5
    expect(expectedCalibrationError(cases, once(5), asTheyCome, 2)).toBeCloseTo(0.6 / 5 + 0.4 / 5, 12);
  });

  it('is nothing where a score is right as often as it says', () => {
    const right = casesOf(new Array<number>(7).fill(0.7), new Array<number>(3).fill(0.7));
    expect(expectedCalibrationError(right, once(10))).toBeCloseTo(0, 12);
  });

  it('has bins with the share of positives and its interval', () => {
    const [low, high] = reliabilityBins(cases, asTheyCome, 2);
    expect(low).toMatchObject({ from: 0, to: 0.5, count: 2, meanScore: 0.2 });
    expect(low!.observed.value).toBe(0.5);
    expect(high!.count).toBe(3);
    expect(high!.observed.value).toBeCloseTo(2 / 3, 12);
    expect(high!.observed.lower).toBeLessThan(2 / 3);
  });

  it('moves the observed share to the prevalence of the traffic', () => {
    const bins = reliabilityBins(cases, weightsFor(cases, 0.1), 1);
    expect(bins[0]!.observed.value).toBeCloseTo(0.1, 12);
  });
});

describe('Brier’s score', () => {
  it('is the mean squared distance, by hand', () => {
    const cases = casesOf([0.8], [0.4]);
    expect(brierScore(cases, once(2))).toBeCloseTo((0.04 + 0.16) / 2, 12);
    expect(brierScore(cases, Uint32Array.of(3, 1))).toBeCloseTo((3 * 0.04 + 0.16) / 4, 12);
  });
});
