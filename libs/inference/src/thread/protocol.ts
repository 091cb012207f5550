import type { Pixels, Result, Scores } from '#libs/domain';
import type { Pack } from '../packs/pack.js';
import type { ReadOutput } from '../text/text-line.js';

/** `webgpu` is bundled with onnxruntime-node; `cuda` and `tensorrt` need its libraries for GPUs (docs/gpu.md). */
export type Provider = 'cpu' | 'cuda' | 'tensorrt' | 'webgpu';

/** What a thread is started with. */
export interface ThreadSetup {
  packs: Pack[];
  provider: Provider;
  /** which GPU, as CUDA counts them; no matter to cpu and webgpu */
  device: number;
  maxBatch: number;
}

/** Main thread → inference thread. One batch at a time; the views' memory is transferred where it can be. */
export interface BatchRequest {
  pack: string;
  views: Pixels[];
  /** an answer is of no use after so many milliseconds; who can answer in part does so before */
  budgetMs?: number;
}

export interface ViewOutput {
  scores: Scores;
  labels: Record<string, number>;
  embedding?: Float32Array;
}

/** One picture's outcome: the others of its batch do not fail with it. */
export type ViewOutcome<Output = ViewOutput> = Result<Output, { code: 'inference_failed'; detail: string }>;

/** Of a classifier, or of a pack that reads. */
export type AnyOutcome = ViewOutcome<ViewOutput | ReadOutput>;

/** Inference thread → main thread. `refused` and `ready` come once, at the start. */
export type ThreadMessage =
  | { kind: 'ready' }
  | { kind: 'refused'; fault: 'pack' | 'provider'; subject: string; reason: string }
  | { kind: 'done'; version: string; outputs: AnyOutcome[]; resizeMs: number; runMs: number }
  | { kind: 'failed'; detail: string };
