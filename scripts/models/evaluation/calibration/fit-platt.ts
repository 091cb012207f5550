import { type ClassWeights, weightOf } from '../metrics/class-weights.js';
import { classesOf, type ScoredCase } from '../metrics/scored-case.js';
import { logistic, logit } from './logit.js';

const mostSteps = 100;
const tolerance = 1e-9;
/** Keeps the Hessian from being singular. */
const ridge = 1e-12;
const smallestStep = 1e-10;

/**
 * Slope and intercept over the logit that are most likely, with J. C. Platt's softened targets (1999), by Newton's method
 * with a line search (H.-T. Lin, C.-J. Lin and R. C. Weng, "A Note on Platt's Probabilistic Outputs for Support Vector
 * Machines", 2007).
 */
export const fitPlatt = (
  cases: readonly ScoredCase[],
  weights: ClassWeights,
): { slope: number; intercept: number } => {
  const { positives, negatives } = classesOf(cases);
  const targets = { positive: (positives + 1) / (positives + 2), negative: 1 / (negatives + 2) };
  const points = cases.map((each) => ({
    x: logit(each.score),
    target: each.isPositive ? targets.positive : targets.negative,
    weight: weightOf(each, weights),
  }));
  const loss = (slope: number, intercept: number): number =>
    points.reduce((sum, { x, target, weight }) => {
      const z = slope * x + intercept;
      // −target·log p − (1 − target)·log(1 − p), without overflow on either side
      return sum + weight * (Math.log1p(Math.exp(-Math.abs(z))) + (z >= 0 ? (1 - target) * z : -target * z));
    }, 0);

  let [slope, intercept] = [0, Math.log((positives + 1) / (negatives + 1))];
  let current = loss(slope, intercept);
  for (let step = 0; step < mostSteps; step += 1) {
    let [slopeSlope, slopeIntercept, interceptIntercept] = [ridge, 0, ridge];
    let [bySlope, byIntercept] = [0, 0];
    for (const { x, target, weight } of points) {
      const p = logistic(slope * x + intercept);
      const curvature = weight * p * (1 - p);
      slopeSlope += curvature * x * x;
      slopeIntercept += curvature * x;
      interceptIntercept += curvature;
      bySlope += weight * (p - target) * x;
      byIntercept += weight * (p - target);
    }
    if (Math.abs(bySlope) < tolerance && Math.abs(byIntercept) < tolerance) break;
    const determinant = slopeSlope * interceptIntercept - slopeIntercept ** 2;
    const towards = {
      slope: -(interceptIntercept * bySlope - slopeIntercept * byIntercept) / determinant,
      intercept: -(slopeSlope * byIntercept - slopeIntercept * bySlope) / determinant,
    };
    const descent = bySlope * towards.slope + byIntercept * towards.intercept;
    let length = 1;
    for (; length >= smallestStep; length /= 2) {
      const next = loss(slope + length * towards.slope, intercept + length * towards.intercept);
      if (next >= current + 1e-4 * length * descent) continue;
      slope += length * towards.slope;
      intercept += length * towards.intercept;
      current = next;
      break;
    }
    if (length < smallestStep) break;
  }
  return { slope, intercept };
};
