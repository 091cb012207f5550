import { quantileSorted } from 'simple-statistics';
import type { ScoredCase } from './scored-case.js';
import { seededRandom } from './seeded-random.js';

export interface Interval {
  lower: number;
  upper: number;
}

export interface BootstrapOptions {
  resamples: number;
  seed: number;
}
export const defaultBootstrap: BootstrapOptions = { resamples: 1000, seed: 20_261_123 };

/**
 * Two-sided 95 % percentile intervals of several statistics by the stratified bootstrap: positives and negatives are drawn
 * with replacement among themselves, so that each resample has as many of either as the data (Efron and Tibshirani, "An
 * Introduction to the Bootstrap", 1993, chapter 13). The same seed gives the same intervals.
 *
 * @param statistics given how often each case was drawn, in the order of `cases`; a NaN leaves that resample out
 * @returns one interval per statistic; undefined where no resample gave a number
 */
export const stratifiedBootstrap = (
  cases: readonly ScoredCase[],
  statistics: (counts: Uint32Array) => number[],
  { resamples, seed }: BootstrapOptions = defaultBootstrap,
): (Interval | undefined)[] => {
  const random = seededRandom(seed);
  const strata = [true, false].map((wanted) =>
    cases.flatMap(({ isPositive }, index) => (isPositive === wanted ? [index] : [])),
  );
  const counts = new Uint32Array(cases.length);
  const drawn: number[][] = [];
  for (let turn = 0; turn < resamples; turn += 1) {
    counts.fill(0);
    for (const stratum of strata)
      for (let draw = 0; draw < stratum.length; draw += 1)
        counts[stratum[Math.floor(random() * stratum.length)]!]! += 1;
    statistics(counts).forEach((value, which) => {
      const values = (drawn[which] ??= []);
      if (Number.isFinite(value)) values.push(value);
    });
  }
  return drawn.map(intervalOf);
};

const intervalOf = (values: number[]): Interval | undefined => {
  if (values.length === 0) return undefined;
  const sorted = values.sort((a, b) => a - b);
  return { lower: quantileSorted(sorted, 0.025), upper: quantileSorted(sorted, 0.975) };
};
