import type { NamedThreshold } from '../metrics/named-threshold.js';
import { weightsFor } from '../metrics/class-weights.js';
import { costOptimalLines, costUnder, type Lines, type MistakeCosts } from '../metrics/cost-optimal.js';
import { crossValidated, stratifiedFolds } from '../metrics/folds.js';
import { classesOf, type ScoredCase } from '../metrics/scored-case.js';

const folds = 5;
const seed = 7;

/** What a category's mistakes cost, as a mean over pictures, in the price table's money. */
export interface CostReport {
  mistakes: MistakeCosts;
  /** that the costs hold for */
  prevalence: number;
  /** the policy's lines */
  policy?: { lines: Lines; costPerPicture: number };
  optimal: {
    lines: Lines;
    /** on the cases that chose the lines: a little flattering */
    costPerPicture: number;
    /** each fifth of the cases under lines that the other four chose */
    crossValidated: number;
  };
  /** everything allowed, everything reviewed, everything blocked: the cheapest of what needs no model */
  withoutModel: number;
  /** the optimal lines, to be looked at as thresholds */
  named: NamedThreshold[];
}

/** What the policy's lines cost, and which lines would cost least. */
export const costsOf = (
  cases: readonly ScoredCase[],
  {
    lines,
    mistakes,
    prevalence,
  }: { lines: Lines | undefined; mistakes: MistakeCosts; prevalence: number | undefined },
): CostReport => {
  const weights = weightsFor(cases, prevalence);
  const optimal = costOptimalLines(cases, mistakes, weights);
  const held = crossValidated(cases, stratifiedFolds(cases, folds, seed), (training) =>
    costOptimalLines(training, mistakes, weightsFor(training, prevalence)),
  );
  const outOfFold = held.reduce((sum, { fitted, held: own }) => {
    const ownCases = own.map((index) => cases[index]!);
    return sum + own.length * costUnder(ownCases, fitted, mistakes, weights);
  }, 0);
  const share = prevalence ?? classesOf(cases).positives / cases.length;
  return {
    mistakes,
    prevalence: share,
    ...(lines && { policy: { lines, costPerPicture: costUnder(cases, lines, mistakes, weights) } }),
    optimal: {
      lines: optimal,
      costPerPicture: costUnder(cases, optimal, mistakes, weights),
      crossValidated: outOfFold / cases.length,
    },
    withoutModel: Math.min(share * mistakes.miss, mistakes.review, (1 - share) * mistakes.falseAlarm),
    named: (['review', 'block'] as const).flatMap((line) => {
      const threshold = optimal[line];
      return threshold === null ? [] : [{ name: `cost-optimal ${line}`, threshold }];
    }),
  };
};
