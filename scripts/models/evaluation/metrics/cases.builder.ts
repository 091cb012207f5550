import type { ScoredCase } from './scored-case.js';

/** Positives, then negatives. */
export const casesOf = (positives: readonly number[], negatives: readonly number[]): ScoredCase[] => [
  ...positives.map((score) => ({ score, isPositive: true })),
  ...negatives.map((score) => ({ score, isPositive: false })),
];
