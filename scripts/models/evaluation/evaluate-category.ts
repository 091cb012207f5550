import type { Category, Estimate } from '#libs/domain';
import { type CalibrationReport, calibrationOf } from './calibration/calibration-report.js';
import { type AreaUnderRoc, areaUnderRoc } from './metrics/area-under-roc.js';
import { averagePrecision, averagePrecisionBy } from './metrics/average-precision.js';
import { type BootstrapOptions, defaultBootstrap, stratifiedBootstrap } from './metrics/bootstrap.js';
import { type Confusion, confusionAt, f1Of, precisionAt, type Rates, ratesOf } from './metrics/confusion.js';
import { type CostReport, costsOf } from './cost/cost-report.js';
import type { Lines, MistakeCosts } from './metrics/cost-optimal.js';
import { bestF1, precisionRecallCurve, rocCurve, thinned } from './metrics/curves.js';
import { fewestCases } from './metrics/fewest-cases.js';
import { classesOf, type ScoredCase } from './metrics/scored-case.js';
import type { NamedThreshold } from './metrics/named-threshold.js';

/** Figures at one threshold. `rates` and what follows is undefined where there are too few cases to say anything. */
export interface AtThreshold extends NamedThreshold {
  confusion: Confusion;
  rates?: Rates;
  f1?: Estimate;
  /** precision where the category is as frequent as the price table says */
  precisionInTraffic?: Estimate;
}

/** What can be said of one pack in one category. */
export interface CategoryReport {
  category: Category;
  positives: number;
  negatives: number;
  /** why less is said than could be, in a sentence */
  tooFew: string | null;
  thresholds: AtThreshold[];
  curves?: {
    areaUnderRoc: AreaUnderRoc;
    averagePrecision: Estimate;
    /** highest F1 of any threshold: the best that the data allow, so a little flattering */
    bestF1: Estimate & { threshold: number };
    roc: [number, number][];
    precisionRecall: [number, number][];
  };
  cost?: CostReport;
  calibration?: CalibrationReport;
}

export interface CategoryOptions {
  /** of the policy, and what was asked for */
  thresholds: readonly NamedThreshold[];
  /** of the policy, for the cost that they have */
  lines: Lines | undefined;
  mistakes: MistakeCosts;
  /** share of the category in the traffic; as in the data where it is not known */
  prevalence: number | undefined;
  bootstrap?: BootstrapOptions;
}

/**
 * @param cases with the scores that the pack gives
 * @param uncalibrated the same cases with the sums that a calibration starts from
 */
export const evaluateCategory = (
  category: Category,
  cases: readonly ScoredCase[],
  uncalibrated: readonly ScoredCase[],
  options: CategoryOptions,
): CategoryReport => {
  const { positives, negatives } = classesOf(cases);
  const tooFew = tooFewFor(positives, negatives);
  const cost = tooFew ? undefined : costsOf(cases, options);
  const named = [...options.thresholds, ...(cost?.named ?? [])];
  const report: CategoryReport = { category, positives, negatives, tooFew, thresholds: [] };
  if (tooFew) {
    report.thresholds = named.map((line) => bareFigures(cases, line));
    return report;
  }
  return {
    ...report,
    ...figures(cases, named, options),
    cost,
    calibration: calibrationOf(cases, uncalibrated, options),
  };
};

const tooFewFor = (positives: number, negatives: number): string | null => {
  if (positives >= fewestCases && negatives >= fewestCases) return null;
  const lacking = [
    ...(positives < fewestCases
      ? [positives === 1 ? '1 picture that shows it' : `${positives} pictures that show it`]
      : []),
    ...(negatives < fewestCases ? [`${negatives} that ${negatives === 1 ? 'does' : 'do'} not`] : []),
  ];
  return `${lacking.join(' and ')}: nothing can be said of recall, precision or curves (at least ${fewestCases} of each are needed)`;
};

/** What can still be counted: a specificity where there are negatives enough, and no recall or precision. */
const bareFigures = (cases: readonly ScoredCase[], line: NamedThreshold): AtThreshold => {
  const confusion = confusionAt(cases, line.threshold);
  const { specificity } = ratesOf(confusion);
  const negatives = confusion.trueNegatives + confusion.falsePositives;
  return negatives < fewestCases
    ? { ...line, confusion }
    : { ...line, confusion, rates: { precision: undefined, recall: undefined, specificity } };
};

const figures = (
  cases: readonly ScoredCase[],
  named: readonly NamedThreshold[],
  { prevalence, bootstrap = defaultBootstrap }: CategoryOptions,
): Pick<CategoryReport, 'thresholds' | 'curves'> => {
  const area = areaUnderRoc(cases)!;
  const precision = averagePrecisionBy(cases);
  const best = bestF1(cases);
  const lines = [...named.map(({ threshold }) => threshold), best.threshold];
  const confusions = lines.map((threshold) => confusionAt(cases, threshold));
  const intervals = stratifiedBootstrap(
    cases,
    (counts) => [
      precision(counts),
      ...lines.map((threshold) => f1Of(resampledConfusion(cases, counts, threshold))),
    ],
    bootstrap,
  );
  const estimate = (value: number, which: number): Estimate | undefined => {
    const interval = intervals[which];
    return interval && Number.isFinite(value) ? { value, ...interval } : undefined;
  };
  return {
    thresholds: named.map((line, place) => {
      const confusion = confusions[place]!;
      return {
        ...line,
        confusion,
        rates: ratesOf(confusion),
        f1: estimate(f1Of(confusion), 1 + place),
        precisionInTraffic: precisionInTraffic(ratesOf(confusion), prevalence),
      };
    }),
    curves: {
      areaUnderRoc: area,
      averagePrecision: estimate(averagePrecision(cases), 0)!,
      bestF1: { ...estimate(best.value, 1 + named.length)!, threshold: best.threshold },
      roc: thinned(rocCurve(cases)),
      precisionRecall: thinned(precisionRecallCurve(cases)),
    },
  };
};

/**
 * With the bounds of recall and false positive rate at their worst and at their best together: no bootstrap knows of a false
 * alarm that has not come yet.
 */
const precisionInTraffic = (
  { recall, specificity }: Rates,
  prevalence: number | undefined,
): Estimate | undefined => {
  if (prevalence === undefined || !recall || !specificity || (recall.value === 0 && specificity.value === 1))
    return undefined;
  return {
    value: precisionAt(prevalence, recall.value, 1 - specificity.value),
    lower: precisionAt(prevalence, recall.lower, 1 - specificity.lower),
    upper: precisionAt(prevalence, recall.upper, 1 - specificity.upper),
  };
};

const resampledConfusion = (
  cases: readonly ScoredCase[],
  counts: Uint32Array,
  threshold: number,
): Confusion => {
  const found: Confusion = { truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 0 };
  for (let at = 0; at < cases.length; at += 1) {
    const { score, isPositive } = cases[at]!;
    const isFlagged = score >= threshold;
    if (isPositive) found[isFlagged ? 'truePositives' : 'falseNegatives'] += counts[at]!;
    else found[isFlagged ? 'falsePositives' : 'trueNegatives'] += counts[at]!;
  }
  return found;
};
