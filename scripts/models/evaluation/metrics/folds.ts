import type { ScoredCase } from './scored-case.js';
import { seededRandom, shuffled } from './seeded-random.js';

/**
 * Which fold each case belongs to, 0 to `count` − 1: drawn among the positives and the negatives for themselves, so that
 * every fold has its share of both. The same seed gives the same folds.
 */
export const stratifiedFolds = (cases: readonly ScoredCase[], count: number, seed: number): Uint8Array => {
  const random = seededRandom(seed);
  const folds = new Uint8Array(cases.length);
  for (const wanted of [true, false]) {
    const stratum = cases.flatMap(({ isPositive }, index) => (isPositive === wanted ? [index] : []));
    shuffled(stratum, random).forEach((index, place) => {
      folds[index] = place % count;
    });
  }
  return folds;
};

/** Each fold with what was fitted on the others. */
export const crossValidated = <Fitted>(
  cases: readonly ScoredCase[],
  folds: Uint8Array,
  fit: (training: ScoredCase[]) => Fitted,
): { fitted: Fitted; held: number[] }[] => {
  const count = Math.max(...folds) + 1;
  return Array.from({ length: count }, (_, fold) => ({
    fitted: fit(cases.filter((_case, index) => folds[index] !== fold)),
    held: cases.flatMap((_case, index) => (folds[index] === fold ? [index] : [])),
  }));
};
