import type { PerceptualHash, Scores } from '#libs/domain';
import type { ImageFacts } from '#libs/images';

/** What is known about bytes once they were looked at, under whatever policy: this is what the cache holds. */
export interface Look {
  facts: ImageFacts;
  /** null where perceptual hashing is off */
  hash: PerceptualHash | null;
  /** the fast model's, the highest of all views; null where the hash had settled it and the model was not asked */
  scores: Scores | null;
  /** milliseconds that making it took */
  took: { decodeMs: number; inferenceMs: number };
}

/** Roughly what a look takes of memory, keys and overhead included, in bytes. */
export const bytesOf = ({ scores }: Look): number => 1200 + 100 * Object.keys(scores ?? {}).length;

/** The picture is as bad as the worst that any of its views shows. */
export const highest = (all: readonly Scores[]): Scores => {
  const worst: Scores = {};
  for (const scores of all)
    for (const [category, score] of Object.entries(scores))
      worst[category] = Math.max(worst[category] ?? 0, score);
  return worst;
};
