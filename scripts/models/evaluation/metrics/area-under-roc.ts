import { type Estimate, normalQuantile } from '#libs/domain';
import type { ScoredCase } from './scored-case.js';

export interface AreaUnderRoc extends Estimate {
  standardError: number;
  /** how the interval was made */
  interval: 'delong' | 'newcombe';
}

/**
 * Area under the ROC curve: the probability that a positive scores higher than a negative, ties counted half. Variance by
 * E. R. DeLong, D. M. DeLong and D. L. Clarke-Pearson (Biometrics 44, 1988), in O(n log n) by mid-ranks (X. Sun and W. Xu,
 * IEEE Signal Processing Letters 21, 2014); the 95 % interval on the logit scale, so that it stays within 0–1. Where a
 * perfect separation leaves no variance: R. G. Newcombe's method 5 (Statistics in Medicine 25, 2006).
 *
 * @returns undefined with fewer than two cases of a class
 */
export const areaUnderRoc = (cases: readonly ScoredCase[]): AreaUnderRoc | undefined => {
  const positives = scoresOf(cases, true);
  const negatives = scoresOf(cases, false);
  const [m, n] = [positives.length, negatives.length];
  if (m < 2 || n < 2) return undefined;
  const ranks = midRanks([...positives, ...negatives]);
  const own = [midRanks(positives), midRanks(negatives)] as const;
  const ofPositives = positives.map((_, i) => (ranks[i]! - own[0][i]!) / n);
  const ofNegatives = negatives.map((_, j) => 1 - (ranks[m + j]! - own[1][j]!) / m);
  const value = mean(ofPositives);
  const standardError = Math.sqrt(variance(ofPositives) / m + variance(ofNegatives) / n);
  if (standardError === 0 || value === 0 || value === 1)
    return { value, ...newcombe(value, m, n), standardError, interval: 'newcombe' };
  const logit = Math.log(value / (1 - value));
  const half = (normalQuantile * standardError) / (value * (1 - value));
  return {
    value,
    lower: logistic(logit - half),
    upper: logistic(logit + half),
    standardError,
    interval: 'delong',
  };
};

/** Ranks from 1; equal values share the mean of theirs. */
export const midRanks = (values: readonly number[]): number[] => {
  const order = values.map((_, index) => index).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Array<number>(values.length);
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to + 1 < order.length && values[order[to + 1]!] === values[order[from]!]) to += 1;
    for (let at = from; at <= to; at += 1) ranks[order[at]!] = (from + to) / 2 + 1;
    from = to + 1;
  }
  return ranks;
};

/** The areas θ whose distance to the one found is z times the standard error that holds at θ. */
const newcombe = (found: number, m: number, n: number): { lower: number; upper: number } => {
  const average = (m + n) / 2;
  const errorAt = (area: number): number => {
    const spread = 1 + (average - 1) * ((1 - area) / (2 - area) + area / (1 + area));
    return Math.sqrt((area * (1 - area) * spread) / (m * n));
  };
  const edge = (bound: 0 | 1): number => {
    if (found === bound) return bound;
    let [near, far] = [found, bound as number];
    for (let step = 0; step < 60; step += 1) {
      const middle = (near + far) / 2;
      if (Math.abs(found - middle) < normalQuantile * errorAt(middle)) near = middle;
      else far = middle;
    }
    return near;
  };
  return { lower: edge(0), upper: edge(1) };
};

const scoresOf = (cases: readonly ScoredCase[], wanted: boolean): number[] =>
  cases.filter(({ isPositive }) => isPositive === wanted).map(({ score }) => score);

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const variance = (values: readonly number[]): number => {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
};

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
