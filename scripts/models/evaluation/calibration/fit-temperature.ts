import { type ClassWeights, weightOf } from '../metrics/class-weights.js';
import type { ScoredCase } from '../metrics/scored-case.js';
import { logistic, logit } from './logit.js';

/** Beyond these the scores are all but right or all but worthless, and the likelihood has no top. */
export const temperatureRange = { lowest: 0.05, highest: 50 };
const halvings = 60;

/**
 * The temperature that is most likely (Guo et al., 2017, for two classes): the log-likelihood is concave in 1/T, so where
 * its derivative changes its sign is found by halving.
 */
export const fitTemperature = (cases: readonly ScoredCase[], weights: ClassWeights): number => {
  const points = cases.map((each) => ({
    x: logit(each.score),
    target: each.isPositive ? 1 : 0,
    weight: weightOf(each, weights),
  }));
  const rises = (steepness: number): boolean =>
    points.reduce((sum, { x, target, weight }) => sum + weight * x * (target - logistic(steepness * x)), 0) >
    0;
  let [low, high] = [1 / temperatureRange.highest, 1 / temperatureRange.lowest];
  for (let turn = 0; turn < halvings; turn += 1) {
    const middle = Math.sqrt(low * high);
    if (rises(middle)) low = middle;
    else high = middle;
  }
  return 1 / Math.sqrt(low * high);
};
