import type { Estimate } from '#libs/domain';
import { calibrate, type Calibration } from '#libs/inference';
import { type BootstrapOptions, defaultBootstrap, stratifiedBootstrap } from '../metrics/bootstrap.js';
import {
  brierScore,
  expectedCalibrationError,
  type ReliabilityBin,
  reliabilityBins,
} from '../metrics/calibration-error.js';
import { type ClassWeights, weightsFor } from '../metrics/class-weights.js';
import { crossValidated, stratifiedFolds } from '../metrics/folds.js';
import { classesOf, type ScoredCase } from '../metrics/scored-case.js';
import { type CalibrationMethod, calibrationMethods, fitCalibration } from './fit-calibration.js';

export const calibrationFolds = 5;
/** Of a class in each fold: 25 in all. */
const fewestPerFold = 5;
const seed = 11;

export interface Calibratedness {
  /** expected calibration error */
  error: Estimate;
  brier: Estimate;
  bins: ReliabilityBin[];
}

/** How far the scores can be taken for probabilities, as they are and as they could be. */
export interface CalibrationReport {
  /** that the figures hold for: a calibration is right for one share of the category only */
  prevalence: number;
  asIs: Calibratedness;
  /** fitted on all cases; measured on scores of each fifth under a fit of the other four */
  methods: {
    method: CalibrationMethod;
    fitted?: Calibration;
    outOfFold?: Calibratedness;
    /** why there is none */
    refusal?: string;
  }[];
  /** why none was fitted, in a sentence */
  tooFew: string | null;
}

/**
 * @param cases with the scores that the pack gives
 * @param uncalibrated the same cases with the sums that a calibration starts from
 */
export const calibrationOf = (
  cases: readonly ScoredCase[],
  uncalibrated: readonly ScoredCase[],
  {
    prevalence,
    bootstrap = defaultBootstrap,
  }: { prevalence: number | undefined; bootstrap?: BootstrapOptions },
): CalibrationReport => {
  const { positives, negatives } = classesOf(cases);
  const weights = weightsFor(cases, prevalence);
  const fewest = calibrationFolds * fewestPerFold;
  const tooFew =
    Math.min(positives, negatives) < fewest
      ? `${positives} positives and ${negatives} negatives: no calibration is fitted with fewer than ${fewest} of either`
      : null;
  return {
    prevalence: prevalence ?? positives / cases.length,
    asIs: calibratedness(cases, weights, bootstrap),
    methods: tooFew
      ? []
      : calibrationMethods.map((method) =>
          ofMethod(method, uncalibrated, { prevalence, weights, bootstrap }),
        ),
    tooFew,
  };
};

const ofMethod = (
  method: CalibrationMethod,
  cases: readonly ScoredCase[],
  {
    prevalence,
    weights,
    bootstrap,
  }: { prevalence: number | undefined; weights: ClassWeights; bootstrap: BootstrapOptions },
): CalibrationReport['methods'][number] => {
  const whole = fitCalibration(method, cases, weights);
  if (!whole.ok) return { method, refusal: whole.detail };
  const outOfFold: ScoredCase[] = [...cases];
  const folds = stratifiedFolds(cases, calibrationFolds, seed);
  const parts = crossValidated(cases, folds, (training) =>
    fitCalibration(method, training, weightsFor(training, prevalence)),
  );
  for (const { fitted, held } of parts) {
    if (!fitted.ok) return { method, refusal: `on a part of the data, ${fitted.detail}` };
    for (const index of held)
      outOfFold[index] = { ...cases[index]!, score: calibrate(cases[index]!.score, fitted.value) };
  }
  return { method, fitted: whole.value, outOfFold: calibratedness(outOfFold, weights, bootstrap) };
};

const calibratedness = (
  cases: readonly ScoredCase[],
  weights: ClassWeights,
  bootstrap: BootstrapOptions,
): Calibratedness => {
  const measure = (counts: Uint32Array): number[] => [
    expectedCalibrationError(cases, counts, weights),
    brierScore(cases, counts, weights),
  ];
  const [error, brier] = measure(new Uint32Array(cases.length).fill(1));
  const [errorInterval, brierInterval] = stratifiedBootstrap(cases, measure, bootstrap);
  return {
    error: { value: error!, ...errorInterval! },
    brier: { value: brier!, ...brierInterval! },
    bins: reliabilityBins(cases, weights),
  };
};
