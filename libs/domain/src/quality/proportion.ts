/** An estimate with the bounds of its confidence interval. */
export interface Estimate {
  value: number;
  lower: number;
  upper: number;
}

/** Two-sided 95 %: the 97.5th percentile of the standard normal distribution. */
export const normalQuantile = 1.959963984540054;

/**
 * A proportion with its Wilson score interval, which keeps its coverage for few trials and near 0 and 1 (E. B. Wilson,
 * 1927; recommended by Brown, Cai and DasGupta, "Interval Estimation for a Binomial Proportion", 2001).
 *
 * @param successes 0–trials
 * @param trials none gives undefined: nothing is known
 */
export const proportionOf = (successes: number, trials: number): Estimate | undefined => {
  if (!(successes >= 0 && successes <= trials))
    throw new RangeError(`${successes} of ${trials} is no proportion`);
  if (trials === 0) return undefined;
  const value = successes / trials;
  const squared = normalQuantile ** 2;
  const centre = (value + squared / (2 * trials)) / (1 + squared / trials);
  const half =
    (normalQuantile / (1 + squared / trials)) *
    Math.sqrt((value * (1 - value)) / trials + squared / (4 * trials ** 2));
  // Rounding must not put a proportion of 0 or 1 outside its own interval.
  return {
    value,
    lower: Math.min(value, Math.max(0, centre - half)),
    upper: Math.max(value, Math.min(1, centre + half)),
  };
};
