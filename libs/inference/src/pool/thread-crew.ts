import type { ModelPack } from '../packs/load-pack.js';
import type { InferenceOptions } from './contract.js';
import type { Dispatcher } from './dispatcher.js';
import { InferenceThread } from './inference-thread.js';

const firstRestartMs = 100;
const slowestRestartMs = 10_000;
/** A thread that lived this long was healthy: its successor starts without the earlier crashes' delay. */
const healthyMs = 60_000;

const defaultBatchLimitMs = 30_000;

type CrewOptions = Pick<
  InferenceOptions,
  'threads' | 'provider' | 'cudaDevice' | 'maxBatch' | 'batchLimitMs' | 'onThreadCrash'
>;

/** Keeps the wanted number of threads alive, and replaces them all when a pack changes. */
export class ThreadCrew {
  readonly #threads = new Set<InferenceThread>();
  readonly #restarts = new Set<NodeJS.Timeout>();
  #crashes = 0;
  #crashesInARow = 0;
  #lastCrashAt = 0;
  #closed = false;

  constructor(
    private packs: ModelPack[],
    private readonly options: CrewOptions,
    private readonly dispatcher: Dispatcher,
  ) {}

  get live(): number {
    return this.#threads.size;
  }

  get crashes(): number {
    return this.#crashes;
  }

  /** Starts all threads. @throws PackError, ProviderError: then none is left running */
  async open(): Promise<void> {
    const starts = Array.from({ length: this.options.threads }, () => this.#start(this.packs));
    const failure = (await Promise.allSettled(starts)).find((each) => each.status === 'rejected');
    if (!failure) return;
    await this.close();
    throw failure.reason;
  }

  /**
   * One after the other a successor with the new packs is started and an old thread retired once its batch is done:
   * there is never a moment without a thread. @throws PackError before anything has changed
   */
  async replaceAll(packs: ModelPack[]): Promise<void> {
    if (this.#threads.size === 0) throw new Error('no inference thread is alive: swap again once one is');
    for (const old of [...this.#threads]) {
      if (this.#closed) return;
      await this.#start(packs);
      this.packs = packs;
      await this.#retire(old);
    }
  }

  /** Ends all threads now; what they are doing is lost. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#restarts) clearTimeout(timer);
    const threads = [...this.#threads];
    this.#threads.clear();
    for (const thread of threads) void this.dispatcher.dismiss(thread);
    await Promise.all(threads.map((thread) => thread.retire()));
  }

  async #start(packs: ModelPack[]): Promise<InferenceThread> {
    const { provider, cudaDevice = 0, maxBatch, batchLimitMs = defaultBatchLimitMs } = this.options;
    const onCrash = (crashed: InferenceThread, reason: string): void => {
      this.#threads.delete(crashed);
      void this.dispatcher.dismiss(crashed);
      this.#restartAfter(reason);
    };
    const setup = { packs, provider, cudaDevice, maxBatch };
    const thread = await InferenceThread.start(setup, batchLimitMs, onCrash);
    if (this.#closed) {
      await thread.retire();
      return thread;
    }
    this.#threads.add(thread);
    this.dispatcher.enlist(thread);
    return thread;
  }

  async #retire(thread: InferenceThread): Promise<void> {
    await this.dispatcher.dismiss(thread);
    this.#threads.delete(thread);
    await thread.retire();
  }

  /** Waits twice as long after each crash in a row, so that a thread which cannot live does not eat the machine. */
  #restartAfter(reason: string): void {
    if (this.#closed) return;
    const now = performance.now();
    if (now - this.#lastCrashAt > healthyMs) this.#crashesInARow = 0;
    this.#lastCrashAt = now;
    this.#crashes += 1;
    const restartInMs = Math.min(firstRestartMs * 2 ** this.#crashesInARow, slowestRestartMs);
    this.#crashesInARow += 1;
    this.options.onThreadCrash?.({ reason, crashes: this.#crashes, restartInMs });
    const timer = setTimeout(() => {
      this.#restarts.delete(timer);
      this.#restart().catch((error: unknown) => this.#restartAfter((error as Error).message));
    }, restartInMs);
    this.#restarts.add(timer);
  }

  async #restart(): Promise<void> {
    const packs = this.packs;
    const thread = await this.#start(packs);
    // a swap has passed by while this one was opening the old packs
    if (packs !== this.packs && this.#threads.has(thread)) {
      await this.#restart();
      await this.#retire(thread);
    }
  }
}
