import type { Pixels } from '#libs/domain';
import type { AnyOutcome } from '../thread/protocol.js';

/** What a batch gave, or why it gave nothing. */
export type BatchResult =
  | { ok: true; version: string; outputs: AnyOutcome[]; resizeMs: number; runMs: number }
  | { ok: false; detail: string };

/** Something that looks at one batch at a time: a worker thread, or a test's stand-in. Never rejects. */
export interface BatchRunner {
  /** @param budgetMs an answer is of no use after that */
  run(pack: string, views: Pixels[], budgetMs?: number): Promise<BatchResult>;
}
