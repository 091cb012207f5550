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
