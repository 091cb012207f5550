import { classesOf, type ScoredCase } from './scored-case.js';

/** What one picture of each class counts: a data set seldom shows as much that is bad as the traffic does. */
export interface ClassWeights {
  positive: number;
  negative: number;
}

export const asTheyCome: ClassWeights = { positive: 1, negative: 1 };

/**
 * Weights under which the positives make up `prevalence` of the cases, while all together weigh as much as before. They
 * rest on the assumption that only the share of the class differs, not how its pictures look (label shift).
 *
 * @param prevalence share of the positives in the traffic, within (0, 1); as in the data where none is known
 */
export const weightsFor = (cases: readonly ScoredCase[], prevalence: number | undefined): ClassWeights => {
  const { positives, negatives } = classesOf(cases);
  if (prevalence === undefined || positives === 0 || negatives === 0) return asTheyCome;
  if (!(prevalence > 0 && prevalence < 1)) throw new RangeError(`${prevalence} is no share of the traffic`);
  const all = positives + negatives;
  return { positive: (prevalence * all) / positives, negative: ((1 - prevalence) * all) / negatives };
};

export const weightOf = ({ isPositive }: ScoredCase, weights: ClassWeights): number =>
  isPositive ? weights.positive : weights.negative;
