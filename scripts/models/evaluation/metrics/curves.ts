import { f1Of } from './confusion.js';
import { byFallingScore, type ScoredCase } from './scored-case.js';

/** How many pictures a threshold flags: those with `score >= threshold`. */
export interface CurvePoint {
  threshold: number;
  truePositives: number;
  falsePositives: number;
}

/** One point per distinct score, from the highest down: cases with equal scores cannot be told apart. */
export const curvePoints = (cases: readonly ScoredCase[]): CurvePoint[] => {
  const points: CurvePoint[] = [];
  let [truePositives, falsePositives] = [0, 0];
  for (const { score, isPositive } of byFallingScore(cases)) {
    if (isPositive) truePositives += 1;
    else falsePositives += 1;
    const last = points.at(-1);
    if (last?.threshold === score) Object.assign(last, { truePositives, falsePositives });
    else points.push({ threshold: score, truePositives, falsePositives });
  }
  return points;
};

/** [false positive rate, true positive rate] from [0, 0] to [1, 1]. Needs a case of each class. */
export const rocCurve = (cases: readonly ScoredCase[]): [number, number][] => {
  const points = curvePoints(cases);
  const { truePositives, falsePositives } = points.at(-1)!;
  return [
    [0, 0],
    ...points.map((at): [number, number] => [
      at.falsePositives / falsePositives,
      at.truePositives / truePositives,
    ]),
  ];
};

/**
 * [recall, precision] by falling threshold. Between two points precision does not run along a line (Davis and Goadrich,
 * 2006): draw it in steps. Needs a positive.
 */
export const precisionRecallCurve = (cases: readonly ScoredCase[]): [number, number][] => {
  const points = curvePoints(cases);
  const positives = points.at(-1)!.truePositives;
  return points.map(({ truePositives, falsePositives }) => [
    truePositives / positives,
    truePositives / (truePositives + falsePositives),
  ]);
};

/** The threshold with the highest F1 on these cases, and that F1. */
export const bestF1 = (cases: readonly ScoredCase[]): { threshold: number; value: number } => {
  const points = curvePoints(cases);
  const positives = points.at(-1)!.truePositives;
  return points
    .map(({ threshold, truePositives, falsePositives }) => ({
      threshold,
      value: f1Of({ truePositives, falsePositives, falseNegatives: positives - truePositives }),
    }))
    .reduce((best, next) => (next.value > best.value ? next : best));
};

/** As many points as a picture can show, with both ends. */
export const thinned = <Point>(points: readonly Point[], most = 400): Point[] =>
  points.length <= most
    ? [...points]
    : Array.from({ length: most }, (_, i) => points[Math.round((i * (points.length - 1)) / (most - 1))]!);
