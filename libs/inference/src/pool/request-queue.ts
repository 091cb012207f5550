import type { Pixels } from '#libs/domain';
import type { AnyResult } from './contract.js';

/** A picture waiting for, or being looked at by, a thread. */
export interface InferenceRequest {
  view: Pixels;
  /** on the clock of performance.now() */
  queuedAt: number;
  /** on the same clock; an answer is of no use after that */
  expiresAt: number;
  /** gives the caller its answer; later calls do nothing */
  settle: (result: AnyResult) => void;
}

/** The waiting pictures of one pack, oldest first. Knows when a batch is worth running; keeps no timers. */
export class RequestQueue {
  readonly #waiting: InferenceRequest[] = [];

  constructor(private readonly rules: { maxBatch: number; maxDelayMs: number; queueLimit: number }) {}

  get length(): number {
    return this.#waiting.length;
  }

  /** False when the queue is full. */
  push(request: InferenceRequest): boolean {
    if (this.#waiting.length >= this.rules.queueLimit) return false;
    this.#waiting.push(request);
    return true;
  }

  /** Forgets a request that needs no answer any more. */
  remove(request: InferenceRequest): void {
    const place = this.#waiting.indexOf(request);
    if (place >= 0) this.#waiting.splice(place, 1);
  }

  /** From when on the next batch may run: at once if it is full, else when its oldest picture has waited enough. */
  readyAt(): number {
    const oldest = this.#waiting[0];
    if (!oldest) return Infinity;
    if (this.#waiting.length >= this.rules.maxBatch) return oldest.queuedAt;
    return oldest.queuedAt + this.rules.maxDelayMs;
  }

  takeBatch(): InferenceRequest[] {
    return this.#waiting.splice(0, this.rules.maxBatch);
  }

  takeAll(): InferenceRequest[] {
    return this.#waiting.splice(0);
  }
}
