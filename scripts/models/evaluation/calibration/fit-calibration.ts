import { ok, type Result } from '#libs/domain';
import type { Calibration } from '#libs/inference';
import type { ClassWeights } from '../metrics/class-weights.js';
import type { ScoredCase } from '../metrics/scored-case.js';
import { fitIsotonic } from './fit-isotonic.js';
import { fitPlatt } from './fit-platt.js';
import { fitTemperature, temperatureRange } from './fit-temperature.js';

export const calibrationMethods = ['platt', 'temperature', 'isotonic'] as const;
export type CalibrationMethod = (typeof calibrationMethods)[number];

export interface NotCalibrated {
  code: 'not_calibratable';
  detail: string;
}

/** Six digits are more than any evaluation can know, and read well in a manifest. */
const rounded = (value: number): number => Number(value.toPrecision(6));

const refused = (detail: string): { ok: false } & NotCalibrated => ({
  ok: false,
  code: 'not_calibratable',
  detail,
});

/**
 * Fits one method to scores that are not calibrated.
 *
 * @returns why it cannot be: scores that do not rise with the truth cannot be put right by a calibration, which keeps order
 */
export const fitCalibration = (
  method: CalibrationMethod,
  cases: readonly ScoredCase[],
  weights: ClassWeights,
): Result<Calibration, NotCalibrated> => {
  switch (method) {
    case 'platt': {
      const { slope, intercept } = fitPlatt(cases, weights);
      return slope > 0
        ? ok({ method, slope: rounded(slope), intercept: rounded(intercept) })
        : refused(`the scores fall as the truth rises (slope ${slope.toPrecision(3)})`);
    }
    case 'temperature': {
      const temperature = fitTemperature(cases, weights);
      return temperature < temperatureRange.highest * 0.999
        ? ok({ method, temperature: rounded(temperature) })
        : refused('no temperature makes the scores likelier than a coin: they do not rise with the truth');
    }
    case 'isotonic':
      return isotonic(fitIsotonic(cases, weights));
  }
};

const isotonic = (points: [number, number][]): Result<Calibration, NotCalibrated> => {
  const kept = points
    .map(([x, y]): [number, number] => [rounded(x), rounded(y)])
    // rounding may have brought two scores together
    .filter(([x], place, all) => place === 0 || x > all[place - 1]![0]);
  return kept.length >= 2 && kept.at(-1)![1] > kept[0]![1]
    ? ok({ method: 'isotonic', points: kept })
    : refused('no two scores differ in what they mean: one step would fit them all');
};
