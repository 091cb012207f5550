import { Worker } from 'node:worker_threads';
import type { Pixels } from '#libs/domain';
import { threadEntry } from '#libs/platform';
import { PackError, ProviderError } from '../packs/pack-error.js';
import type { BatchRequest, ThreadMessage, ThreadSetup } from '../thread/protocol.js';
import type { BatchResult, BatchRunner } from './batch-runner.js';

/**
 * Longest wait for the end of a thread that was told to end, in milliseconds. One that is stuck inside onnxruntime ends
 * only when that returns, which may be never.
 */
const endLimitMs = 2_000;

/** A worker thread with its ONNX sessions, from the main thread's side. */
export class InferenceThread implements BatchRunner {
  #answer: ((result: BatchResult) => void) | undefined;
  #died: string | undefined;
  #limit: NodeJS.Timeout | undefined;

  private constructor(
    private readonly worker: Worker,
    private readonly batchLimitMs: number,
    private readonly onCrash: (thread: InferenceThread, reason: string) => void,
  ) {
    worker.on('message', (message: ThreadMessage) => this.#onMessage(message));
    let cause = 'it ended by itself';
    worker.on('error', (error) => {
      cause = error.message;
    });
    worker.on('exit', () => this.#crash(cause));
  }

  /**
   * Starts a thread and waits until its sessions are open.
   *
   * @param batchLimitMs a batch that takes longer fails, and its thread counts as dead
   * @param onCrash called once when the thread dies later on without having been retired
   * @throws PackError, ProviderError; Error when the thread dies while starting
   */
  static async start(
    setup: ThreadSetup,
    batchLimitMs: number,
    onCrash: (thread: InferenceThread, reason: string) => void,
  ): Promise<InferenceThread> {
    const worker = new Worker(threadEntry(import.meta.url, '../thread/inference.thread.js'), {
      workerData: setup,
      name: 'inference',
    });
    const message = await firstMessage(worker);
    if (message.kind === 'ready') return new InferenceThread(worker, batchLimitMs, onCrash);
    await worker.terminate();
    if (message.kind !== 'refused') throw new Error(`unexpected first word of a thread: ${message.kind}`);
    const { fault, subject, reason } = message;
    throw fault === 'pack' ? new PackError(subject, reason) : new ProviderError(subject, reason);
  }

  /** Looks at one batch; the next one only after this is settled. The views' memory goes to the thread. */
  run(pack: string, views: Pixels[], budgetMs?: number): Promise<BatchResult> {
    if (this.#died !== undefined) {
      return Promise.resolve({ ok: false, detail: `the inference thread died: ${this.#died}` });
    }
    return new Promise((resolve) => {
      this.#answer = resolve;
      this.#limit = setTimeout(() => this.#giveUp(pack), this.batchLimitMs);
      postBatch(this.worker, { pack, views, ...(budgetMs !== undefined && { budgetMs }) });
    });
  }

  /** Ends the thread; what it is doing is lost. Resolves without it if it does not end within a bound. */
  async retire(): Promise<void> {
    this.#died ??= 'it was ended';
    this.#settle({ ok: false, detail: 'the inference thread was ended before its batch was done' });
    await this.#end();
  }

  #giveUp(pack: string): void {
    this.#crash(`it hung: no answer from ${pack} within ${this.batchLimitMs} ms`);
    void this.#end();
  }

  #crash(reason: string): void {
    if (this.#died !== undefined) return;
    this.#died = reason;
    // first no more work for it, then its batch's callers hear of it
    this.onCrash(this, reason);
    this.#settle({ ok: false, detail: `the inference thread died: ${reason}` });
  }

  async #end(): Promise<void> {
    // a stuck thread keeps no event loop alive
    this.worker.unref();
    let limit: NodeJS.Timeout | undefined;
    const tooLate = new Promise<void>((resolve) => {
      limit = setTimeout(resolve, endLimitMs);
    });
    await Promise.race([this.worker.terminate(), tooLate]);
    clearTimeout(limit);
  }

  #onMessage(message: ThreadMessage): void {
    if (message.kind === 'failed') this.#settle({ ok: false, detail: message.detail });
    if (message.kind === 'done') this.#settle({ ok: true, ...message });
  }

  #settle(result: BatchResult): void {
    clearTimeout(this.#limit);
    const answer = this.#answer;
    this.#answer = undefined;
    answer?.(result);
  }
}

const firstMessage = (worker: Worker): Promise<ThreadMessage> =>
  new Promise((resolve, reject) => {
    const onExit = (code: number): void =>
      reject(new Error(`an inference thread ended with ${code} at its start`));
    worker.once('error', reject);
    worker.once('exit', onExit);
    worker.once('message', (message: ThreadMessage) => {
      worker.off('error', reject);
      worker.off('exit', onExit);
      resolve(message);
    });
  });

/**
 * Moves the pixels' memory where that is possible. Memory that belongs to an addon (sharp's output), to Node's buffer
 * pool or to somebody else's larger array cannot be given away, and is copied.
 */
const postBatch = (worker: Worker, request: BatchRequest): void => {
  const owned = new Set<ArrayBuffer>();
  for (const { data } of request.views) {
    if (data.buffer instanceof ArrayBuffer && data.byteLength === data.buffer.byteLength)
      owned.add(data.buffer);
  }
  try {
    worker.postMessage(request, [...owned]);
  } catch (error) {
    if ((error as Error).name !== 'DataCloneError') throw error;
    worker.postMessage(request);
  }
};
