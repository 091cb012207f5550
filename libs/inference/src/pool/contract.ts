import type { ModelTier, Result, Scores } from '#libs/domain';
import type { PackKind } from '../packs/pack-kind.js';
import type { ReadOutput } from '../text/text-line.js';
import type { Provider } from '../thread/protocol.js';

export interface InferenceOptions {
  /** inference threads; each holds a session of every pack */
  threads: number;
  provider: Provider;
  /** which GPUs, as CUDA counts them: the threads are spread over them; the first when left out */
  devices?: readonly number[];
  /** most pictures in one run; 1 is best on CPU, where batches cost more per picture */
  maxBatch: number;
  /** longest that a picture waits for others to fill its batch, in milliseconds */
  maxDelayMs: number;
  /** most runs of a pack at the same time, by its name; as many as there are threads when left out */
  mostRuns?: Readonly<Record<string, number>>;
  /** most pictures waiting for a thread, per pack; one more is `overloaded` */
  queueLimit: number;
  /** longest that a thread may take for one batch, in milliseconds; then it counts as dead. 30 000 when left out */
  batchLimitMs?: number;
  /** told of every batch that was run, for metrics */
  onBatch?: (batch: BatchReport) => void;
  /** told of every thread that died, or hung and was given up */
  onThreadCrash?: (crash: ThreadCrash) => void;
}

export interface BatchReport {
  pack: string;
  version: string;
  size: number;
  /** of the picture that waited longest */
  queueMs: number;
  resizeMs: number;
  runMs: number;
}

export interface ThreadCrash {
  reason: string;
  /** crashes of this pool so far, this one included */
  crashes: number;
  /** until its successor is started */
  restartInMs: number;
}

/** One picture's answer from one pack. */
export interface PackOutput {
  /** the version that answered: during a swap both may */
  version: string;
  scores: Scores;
  /** probabilities of the labels that count towards a category, and of the five most probable ones */
  labels: Record<string, number>;
  embedding?: Float32Array;
  timings: { queueMs: number; resizeMs: number; runMs: number };
}

export interface InferenceFailure {
  code: 'overloaded' | 'deadline_exceeded' | 'inference_failed' | 'closed';
  detail: string;
}
export type InferenceResult = Result<PackOutput, InferenceFailure>;

/** What one pack read in one picture. */
export interface TextOutput extends ReadOutput {
  /** the version that answered: during a swap both may */
  version: string;
  timings: PackOutput['timings'];
}
export type TextResult = Result<TextOutput, InferenceFailure>;

/** Of a classifier, or of a pack that reads. */
export type AnyResult = Result<PackOutput | TextOutput, InferenceFailure>;

export interface InferenceStatus {
  provider: Provider;
  threads: { wanted: number; live: number; crashes: number };
  packs: { name: string; version: string; kind: PackKind; tier: ModelTier; queued: number }[];
}

export const failed = (code: InferenceFailure['code'], detail: string): { ok: false } & InferenceFailure => ({
  ok: false,
  code,
  detail,
});
