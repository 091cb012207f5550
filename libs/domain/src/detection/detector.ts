import type { Category, Scores } from '../category.js';
import type { Pixels } from '../pixels.js';
import type { PolicyRules } from '../policy/policy.js';
import type { Result } from '../result.js';
import type { Evidence } from './evidence.js';

/** What a look takes of one core, about: up to 20 ms, up to 150 ms, more. */
export const costClasses = ['low', 'medium', 'high'] as const;
export type CostClass = (typeof costClasses)[number];

/** Calls a specialist: a score of this category, 0–1, that somebody else gave. */
export interface Call {
  category: Category;
  atLeast: number;
}

/** What a detector is told beside the picture. */
export interface LookOptions {
  /** of the content's surface */
  rules: Pick<PolicyRules, 'links' | 'phrases'>;
  /** an answer is of no use after so many milliseconds from now */
  deadlineMs: number;
}

/** What a detector says of a picture. */
export interface Detection {
  /** that answered, which may change while it is swapped */
  version: string;
  /** one for each of the detector's categories */
  scores: Scores;
  evidence: Evidence[];
  /** what the picture is like, where the detector can tell: its length is the detector's own */
  embedding?: Float32Array;
}

/**
 * `overloaded` and `closed` pass; what `failed` will most likely fail again; `deadline_exceeded`: out of time.
 */
export interface DetectorFailure {
  code: 'overloaded' | 'closed' | 'failed' | 'deadline_exceeded';
  detail: string;
}

/** Looks at pictures for something: a model pack, or rules. It never throws for a picture, and may be asked side by side. */
export interface Detector {
  readonly name: string;
  readonly version: string;
  readonly categories: readonly Category[];
  readonly costClass: CostClass;
  /** pixels of the short side that decoding may shrink to */
  readonly minShortSide: number;
  /** how many numbers its embeddings have; undefined where it gives none */
  readonly embeddingLength?: number | undefined;
  /** makes it a specialist, which looks only when one of these is reached, or a policy calls it */
  readonly route?: readonly Call[];
  /** @param views of one picture, the first as people see it; their memory is taken over */
  detect(views: Pixels[], options: LookOptions): Promise<Result<Detection, DetectorFailure>>;
}
