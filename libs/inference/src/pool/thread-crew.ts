import type { Pack } from '../packs/pack.js';
import { ProviderError } from '../packs/pack-error.js';
import type { InferenceOptions } from './contract.js';
import { DeviceSpread } from './device-spread.js';
import type { Dispatcher } from './dispatcher.js';
import { InferenceThread } from './inference-thread.js';

const firstRestartMs = 100;
const slowestRestartMs = 10_000;
/** A thread that lived this long was healthy: its successor starts without the earlier crashes' delay. */
const healthyMs = 60_000;

const defaultBatchLimitMs = 30_000;

type CrewOptions = Pick<
  InferenceOptions,
  'threads' | 'provider' | 'devices' | 'maxBatch' | 'batchLimitMs' | 'onThreadCrash'
>;

/** Keeps the wanted number of threads alive, and replaces them all when a pack changes. */
export class ThreadCrew {
  /** thread → the GPU it runs on */
  readonly #threads = new Map<InferenceThread, number>();
  readonly #spread: DeviceSpread;
  readonly #restarts = new Set<NodeJS.Timeout>();
  #crashes = 0;
  #crashesInARow = 0;
  #lastCrashAt = 0;
  #closed = false;

  constructor(
    private packs: Pack[],
    private readonly options: CrewOptions,
    private readonly dispatcher: Dispatcher,
  ) {
    this.#spread = new DeviceSpread(options.devices ?? [0]);
  }

  get live(): number {
    return this.#threads.size;
  }

  get crashes(): number {
    return this.#crashes;
  }

  /** Starts all threads. @throws PackError, ProviderError: then none is left running */
  async open(): Promise<void> {
    const { threads, provider } = this.options;
    if (provider === 'webgpu' && threads > 1) throw oneThreadOnWebGpu('INFERENCE_THREADS=1 is all it takes');
    try {
      if (provider === 'cpu') await allOf(Array.from({ length: threads }, () => this.#start(this.packs)));
      // one after the other: a GPU's provider times its algorithms when a session is warmed up, and sessions that were
      // opened at the same moment on one GPU have crashed (microsoft/onnxruntime issue 26610)
      else for (let i = 0; i < threads; i += 1) await this.#start(this.packs);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /**
   * One after the other a successor with the new packs is started and an old thread retired once its batch is done:
   * there is never a moment without a thread.
   *
   * @param beforeLast is awaited before the last thread with the old packs is retired, who alone can still answer for
   * what the new ones leave out
   * @throws PackError, ProviderError before anything has changed
   */
  async replaceAll(packs: Pack[], beforeLast: () => Promise<void>): Promise<void> {
    if (this.#threads.size === 0) throw new Error('no inference thread is alive: swap again once one is');
    if (this.options.provider === 'webgpu')
      throw oneThreadOnWebGpu('packs are not replaced while it runs, but by a restart');
    const last = [...this.#threads.keys()].at(-1);
    for (const [old, device] of [...this.#threads]) {
      if (this.#closed) return;
      await this.#start(packs, device);
      this.packs = packs;
      if (old === last) await beforeLast();
      await this.#retire(old);
    }
  }

  /** Ends all threads now; what they are doing is lost. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#restarts) clearTimeout(timer);
    const threads = [...this.#threads.keys()];
    this.#threads.clear();
    for (const thread of threads) void this.dispatcher.dismiss(thread);
    await Promise.all(threads.map((thread) => thread.retire()));
  }

  /** @param device the GPU with the fewest threads when left out */
  async #start(packs: Pack[], device = this.#spread.next()): Promise<InferenceThread> {
    const { provider, maxBatch, batchLimitMs = defaultBatchLimitMs } = this.options;
    const onCrash = (crashed: InferenceThread, reason: string): void => {
      this.#forget(crashed);
      void this.dispatcher.dismiss(crashed);
      this.#restartAfter(reason);
    };
    const setup = { packs, provider, device, maxBatch };
    this.#spread.take(device);
    const thread = await InferenceThread.start(setup, batchLimitMs, onCrash).catch((error: unknown) => {
      this.#spread.leave(device);
      throw error;
    });
    if (this.#closed) {
      await thread.retire();
      return thread;
    }
    this.#threads.set(thread, device);
    this.dispatcher.enlist(thread, new Set(packs.map(({ manifest }) => manifest.name)));
    return thread;
  }

  async #retire(thread: InferenceThread): Promise<void> {
    await this.dispatcher.dismiss(thread);
    this.#forget(thread);
    await thread.retire();
  }

  #forget(thread: InferenceThread): void {
    const device = this.#threads.get(thread);
    if (device !== undefined) this.#spread.leave(device);
    this.#threads.delete(thread);
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

/** Waits for all of them, so that none is still starting when one has failed. @throws the first failure */
const allOf = async (starts: Promise<unknown>[]): Promise<void> => {
  const failure = (await Promise.allSettled(starts)).find((each) => each.status === 'rejected');
  if (failure) throw failure.reason;
};

/**
 * onnxruntime's WebGPU provider has one device and one command encoder for a whole process, without a lock: with two
 * threads of 1.30 runs failed with "CommandEncoder is already finished".
 */
const oneThreadOnWebGpu = (reason: string): ProviderError =>
  new ProviderError('webgpu', `it runs in one thread at a time: ${reason}`);
