import { type Category, ok, type Scores } from '#libs/domain';
import type { ModelPack } from '../packs/load-pack.js';
import { calibrate } from '../packs/calibration.js';
import type { Manifest } from '../packs/manifest.js';
import type { ViewOutcome } from './protocol.js';

/** How many of the most probable labels are reported beside those that count towards a category. */
const reportedLabels = 5;

/** How far beyond 0–1 a probability may lie that a graph of low precision gave. */
const rounding = 0.005;

type Activation = Manifest['outputs']['scores']['activation'];

/**
 * Graph output of one picture → its scores and labels. A NaN or an infinity anywhere fails it: NaN lies below every
 * threshold, so what a broken graph or an overflow left behind would pass as harmless. Neither are logits, which a
 * manifest calls probabilities, cut to 0–1 without a word.
 */
export const outcomeOf = (
  values: Float32Array,
  pack: Pick<ModelPack, 'manifest' | 'labels' | 'categories'>,
): ViewOutcome => {
  const { name, version, outputs } = pack.manifest;
  const probabilities = activate(values, outputs.scores.activation);
  const scores = scoresOf(probabilities, pack);
  if (!probabilities.every(Number.isFinite) || !Object.values(scores).every(Number.isFinite)) {
    const detail = `model pack ${name} ${version} gave scores that are no finite numbers`;
    return { ok: false, code: 'inference_failed', detail };
  }
  const stray = probabilities.find((value) => value < -rounding || value > 1 + rounding);
  if (stray !== undefined) {
    const detail =
      `model pack ${name} ${version} gave ${stray.toPrecision(3)} for a label, where probabilities lie in 0–1: ` +
      'for logits, its manifest must say softmax or sigmoid as the activation';
    return { ok: false, code: 'inference_failed', detail };
  }
  return ok({ scores, labels: labelsOf(probabilities, pack) });
};

/** Graph output of one picture → probabilities, in place. Softmax is shifted by the largest logit (no overflow). */
export const activate = (values: Float32Array, activation: Activation): Float32Array => {
  if (activation === 'sigmoid') return values.map((value) => 1 / (1 + Math.exp(-value)));
  if (activation === 'none') return values;
  const largest = values.reduce((max, value) => Math.max(max, value), -Infinity);
  const powers = values.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((total, value) => total + value, 0);
  return powers.map((value) => value / sum);
};

/** Probabilities → one score 0–1 for each of the pack's categories. */
export const scoresOf = (
  probabilities: Float32Array,
  { categories }: Pick<ModelPack, 'categories'>,
): Scores => {
  const scores: Record<Category, number> = {};
  for (const { category, labels, calibration } of categories) {
    let sum = 0;
    for (const label of labels) sum += probabilities[label]!;
    const share = Math.min(Math.max(sum, 0), 1);
    scores[category] = calibration ? calibrate(share, calibration) : share;
  }
  return scores;
};

/** Labels that count towards a category, and the most probable ones: a person may want to see why. */
export const labelsOf = (
  probabilities: Float32Array,
  { labels, categories }: Pick<ModelPack, 'labels' | 'categories'>,
): Record<string, number> => {
  const reported = new Set(categories.flatMap((each) => each.labels));
  for (const label of mostProbable(probabilities)) reported.add(label);
  return Object.fromEntries([...reported].map((label) => [labels[label]!, probabilities[label]!]));
};

const mostProbable = (probabilities: Float32Array): number[] => {
  const best: number[] = [];
  for (let i = 0; i < probabilities.length; i += 1) {
    if (best.length === reportedLabels && probabilities[i]! <= probabilities[best[reportedLabels - 1]!]!)
      continue;
    let place = best.length;
    while (place > 0 && probabilities[best[place - 1]!]! < probabilities[i]!) place -= 1;
    best.splice(place, 0, i);
    best.length = Math.min(best.length, reportedLabels);
  }
  return best;
};
