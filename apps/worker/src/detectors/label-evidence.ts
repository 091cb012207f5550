import { type Evidence, longestEvidence, mostEvidence } from '#libs/domain';
import type { ModelPack } from '#libs/inference';

/** Below it a label tells nobody anything: each of many has some probability. */
const worthShowing = 0.05;

/**
 * The labels that made a pack's scores, most probable first.
 *
 * @param probabilities by label
 */
export const labelEvidence = (
  { labels, categories }: Pick<ModelPack, 'labels' | 'categories'>,
  probabilities: Readonly<Record<string, number>>,
): Evidence[] =>
  categories
    .flatMap(({ category, labels: counted }) =>
      counted.map((at) => ({ category, text: labels[at]!, score: probabilities[labels[at]!] ?? 0 })),
    )
    .filter(({ score }) => score >= worthShowing)
    .sort((one, other) => other.score - one.score)
    .slice(0, mostEvidence)
    .map(({ category, text, score }) => ({
      kind: 'label',
      category,
      text: text.slice(0, longestEvidence),
      score: Math.min(score, 1),
    }));
