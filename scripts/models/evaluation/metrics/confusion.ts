import { type Estimate, proportionOf } from '#libs/domain';
import type { ScoredCase } from './scored-case.js';

/** How a threshold divides pictures; one at or above it is flagged, as decide() does. */
export interface Confusion {
  truePositives: number;
  falsePositives: number;
  falseNegatives: number;
  trueNegatives: number;
}

export const confusionAt = (cases: readonly ScoredCase[], threshold: number): Confusion => {
  const found: Confusion = { truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 0 };
  for (const { score, isPositive } of cases) {
    if (score >= threshold) found[isPositive ? 'truePositives' : 'falsePositives'] += 1;
    else found[isPositive ? 'falseNegatives' : 'trueNegatives'] += 1;
  }
  return found;
};

/** With Wilson score intervals; undefined where nothing was tried (no positive, none flagged, no negative). */
export interface Rates {
  precision: Estimate | undefined;
  recall: Estimate | undefined;
  specificity: Estimate | undefined;
}

export const ratesOf = ({
  truePositives,
  falsePositives,
  falseNegatives,
  trueNegatives,
}: Confusion): Rates => ({
  precision: proportionOf(truePositives, truePositives + falsePositives),
  recall: proportionOf(truePositives, truePositives + falseNegatives),
  specificity: proportionOf(trueNegatives, trueNegatives + falsePositives),
});

/** Harmonic mean of precision and recall: 2·TP / (2·TP + FP + FN); NaN where nothing is flagged nor positive. */
export const f1Of = ({
  truePositives,
  falsePositives,
  falseNegatives,
}: Omit<Confusion, 'trueNegatives'>): number =>
  (2 * truePositives) / (2 * truePositives + falsePositives + falseNegatives);

/**
 * Precision where positives make up `prevalence` of the pictures, by Bayes' theorem from recall and false positive rate:
 * the precision in a data set that was gathered for an evaluation says little about the traffic's.
 */
export const precisionAt = (prevalence: number, recall: number, falsePositiveRate: number): number =>
  (prevalence * recall) / (prevalence * recall + (1 - prevalence) * falsePositiveRate);
