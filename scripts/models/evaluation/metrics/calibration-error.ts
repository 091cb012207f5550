import { type Estimate, proportionOf } from '#libs/domain';
import { asTheyCome, type ClassWeights, weightOf } from './class-weights.js';
import type { ScoredCase } from './scored-case.js';

/** Bins of equal width over 0–1, as in Guo et al., "On Calibration of Modern Neural Networks", 2017. */
export const calibrationBins = 15;

/** Cases whose scores lie in one bin: [from, to), the last one with 1. */
export interface ReliabilityBin {
  from: number;
  to: number;
  count: number;
  meanScore: number;
  /** share of positives, weighted, with its Wilson interval */
  observed: Estimate;
}

const binOf = (score: number, bins: number): number => Math.min(bins - 1, Math.floor(score * bins));

/** Bins that hold a case. */
export const reliabilityBins = (
  cases: readonly ScoredCase[],
  weights: ClassWeights = asTheyCome,
  bins = calibrationBins,
): ReliabilityBin[] =>
  Array.from({ length: bins }, (_, bin) => {
    const inside = cases.filter(({ score }) => binOf(score, bins) === bin);
    const observed = proportionOf(inside.filter(({ isPositive }) => isPositive).length, inside.length);
    if (!observed) return undefined;
    // A weight multiplies the odds, of the bounds too.
    const reweigh = (share: number): number =>
      (share * weights.positive) / (share * weights.positive + (1 - share) * weights.negative);
    const weight = inside.reduce((sum, each) => sum + weightOf(each, weights), 0);
    return {
      from: bin / bins,
      to: (bin + 1) / bins,
      count: inside.length,
      meanScore: inside.reduce((sum, each) => sum + weightOf(each, weights) * each.score, 0) / weight,
      observed: {
        value: reweigh(observed.value),
        lower: reweigh(observed.lower),
        upper: reweigh(observed.upper),
      },
    };
  }).filter((bin) => bin !== undefined);

/**
 * Expected calibration error: Σ over bins of their share of the cases × |share of positives − mean score| (Pakdaman Naeini
 * et al., 2015). Of few cases it comes out too high, since noise counts as error (Kumar et al., 2019).
 *
 * @param counts how often each case counts
 */
export const expectedCalibrationError = (
  cases: readonly ScoredCase[],
  counts: Uint32Array,
  weights: ClassWeights = asTheyCome,
  bins = calibrationBins,
): number => {
  const gaps = new Float64Array(bins);
  let all = 0;
  cases.forEach((each, index) => {
    const weight = counts[index]! * weightOf(each, weights);
    gaps[binOf(each.score, bins)]! += weight * ((each.isPositive ? 1 : 0) - each.score);
    all += weight;
  });
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / all;
};

/** Mean squared distance of score and truth (G. W. Brier, 1950): 0 is perfect; who always says the base rate b has b·(1 − b). */
export const brierScore = (
  cases: readonly ScoredCase[],
  counts: Uint32Array,
  weights: ClassWeights = asTheyCome,
): number => {
  let [sum, all] = [0, 0];
  cases.forEach((each, index) => {
    const weight = counts[index]! * weightOf(each, weights);
    sum += weight * ((each.isPositive ? 1 : 0) - each.score) ** 2;
    all += weight;
  });
  return sum / all;
};
