import type { Pixels } from '#libs/domain';
import type { ModelPack } from '../packs/load-pack.js';
import { PackError } from '../packs/pack-error.js';
import { defaultProbeLimits, type ProbeLimits } from '../probe/contract.js';
import { probePack } from '../probe/probe-pack.js';
import { failed, type InferenceOptions, type InferenceResult, type InferenceStatus } from './contract.js';
import { Dispatcher } from './dispatcher.js';
import { ThreadCrew } from './thread-crew.js';

/** Longest that close() waits for what was accepted, in milliseconds. */
const drainLimitMs = 10_000;

/**
 * Model packs, open in several worker threads: onnxruntime's run() blocks the thread that calls it, and one core per
 * run wastes least.
 */
export class InferencePool {
  readonly #packs: Map<string, ModelPack>;
  readonly #dispatcher: Dispatcher;
  readonly #crew: ThreadCrew;
  readonly #closing = new AbortController();
  #lastSwap: Promise<void> = Promise.resolve();
  #closed: Promise<void> | undefined;

  private constructor(
    packs: ModelPack[],
    private readonly options: InferenceOptions,
  ) {
    this.#packs = new Map(packs.map((pack) => [pack.manifest.name, pack]));
    this.#dispatcher = new Dispatcher([...this.#packs.keys()], options);
    this.#crew = new ThreadCrew(packs, options, this.#dispatcher);
  }

  /** @throws PackError when a graph does not fit its manifest; ProviderError when the provider is not usable here */
  static async open(packs: ModelPack[], options: InferenceOptions): Promise<InferencePool> {
    const pool = new InferencePool(packs, options);
    await pool.#crew.open();
    return pool;
  }

  /**
   * Scores one picture with one pack. Takes over the memory of `view`.
   *
   * @param deadlineMs answer `deadline_exceeded` after this time, counted from now
   * @throws Error for a pack that this pool does not have
   */
  classify(
    pack: string,
    view: Pixels,
    { deadlineMs }: { deadlineMs?: number } = {},
  ): Promise<InferenceResult> {
    const { data, width, height } = view;
    if (width < 1 || height < 1 || data.length !== width * height * 3) {
      const detail = `${data.length} bytes are not ${width}x${height} RGB pixels`;
      return Promise.resolve(failed('inference_failed', detail));
    }
    return this.#dispatcher.submit(pack, view, deadlineMs);
  }

  /**
   * Puts another version of a pack in its place, without dropping a request: until the last thread is replaced,
   * either version may answer. A process of its own opens the new version first, on the CPU: one that takes too much
   * memory or time does not come near those that work.
   *
   * @param limits of that process
   * @throws PackError when the new version does not open (the old one stays), or the pool has no pack of that name
   */
  swap(pack: ModelPack, limits: ProbeLimits = defaultProbeLimits): Promise<void> {
    const swapped = this.#lastSwap.then(() => this.#swap(pack, limits));
    this.#lastSwap = swapped.catch(() => undefined);
    return swapped;
  }

  status(): InferenceStatus {
    const { provider, threads } = this.options;
    return {
      provider,
      threads: { wanted: threads, live: this.#crew.live, crashes: this.#crew.crashes },
      packs: [...this.#packs.values()].map(({ manifest: { name, version, tier } }) => ({
        name,
        version,
        tier,
        queued: this.#dispatcher.queued(name),
      })),
    };
  }

  /** Takes nothing more, answers what it has, ends the threads: those too that hang. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #swap(pack: ModelPack, limits: ProbeLimits): Promise<void> {
    const { name } = pack.manifest;
    if (!this.#packs.has(name))
      throw new PackError(name, 'is not open in this pool, so it cannot be swapped');
    await probePack(pack, [], limits, this.#closing.signal);
    const packs = [...this.#packs.values()].map((each) => (each.manifest.name === name ? pack : each));
    await this.#crew.replaceAll(packs);
    this.#packs.set(name, pack);
  }

  async #close(): Promise<void> {
    let limit: NodeJS.Timeout | undefined;
    const tooLate = new Promise<void>((resolve) => {
      limit = setTimeout(resolve, drainLimitMs);
    });
    const drained = this.#dispatcher.drain();
    await Promise.race([drained, tooLate]);
    clearTimeout(limit);
    this.#dispatcher.abandon('inference was shut down before a thread was free');
    // whatever still runs had its time; a swap that waits for a busy thread waits no longer
    await this.#crew.close();
    this.#closing.abort();
    await this.#lastSwap;
  }
}
