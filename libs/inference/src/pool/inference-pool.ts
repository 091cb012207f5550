import type { Pixels } from '#libs/domain';
import { isTextPack, type Pack } from '../packs/pack.js';
import { PackError } from '../packs/pack-error.js';
import { defaultProbeLimits, type ProbeLimits } from '../probe/contract.js';
import { probePack } from '../probe/probe-pack.js';
import {
  failed,
  type InferenceFailure,
  type InferenceOptions,
  type InferenceResult,
  type InferenceStatus,
  type TextResult,
} from './contract.js';
import { Dispatcher } from './dispatcher.js';
import { ThreadCrew } from './thread-crew.js';

/** Longest wait for what was accepted by the pool, or for a pack that is taken out of it, in milliseconds. */
const drainLimitMs = 10_000;

/**
 * Model packs, open in several worker threads: onnxruntime's run() blocks the thread that calls it, and one core per
 * run wastes least.
 */
export class InferencePool {
  readonly #packs: Map<string, Pack>;
  readonly #dispatcher: Dispatcher;
  readonly #crew: ThreadCrew;
  readonly #closing = new AbortController();
  #lastSwap: Promise<void> = Promise.resolve();
  #closed: Promise<void> | undefined;

  private constructor(
    packs: Pack[],
    private readonly options: InferenceOptions,
  ) {
    this.#packs = new Map(packs.map((pack) => [pack.manifest.name, pack]));
    this.#dispatcher = new Dispatcher(options);
    for (const pack of packs) this.#admit(pack);
    this.#crew = new ThreadCrew(packs, options, this.#dispatcher);
  }

  /** @throws PackError when a graph does not fit its manifest; ProviderError when the provider is not usable here */
  static async open(packs: Pack[], options: InferenceOptions): Promise<InferencePool> {
    const pool = new InferencePool(packs, options);
    await pool.#crew.open();
    return pool;
  }

  /**
   * Scores one picture with one pack. Takes over the memory of `view`.
   *
   * @param deadlineMs answer `deadline_exceeded` after this time, counted from now
   * @throws Error for a classifier that this pool does not have
   */
  classify(
    pack: string,
    view: Pixels,
    { deadlineMs }: { deadlineMs?: number } = {},
  ): Promise<InferenceResult> {
    const known = this.#packs.get(pack);
    if (known && isTextPack(known)) throw new Error(`${pack} reads writing, and classifies nothing`);
    const misfit = misfitOf(view);
    if (misfit) return Promise.resolve(misfit);
    // of a classifier's session, which gives scores
    return this.#dispatcher.submit(pack, view, deadlineMs) as Promise<InferenceResult>;
  }

  /**
   * Reads what is written in one picture, on the CPU. Takes over the memory of `view`.
   *
   * @param deadlineMs answer `deadline_exceeded` after this time, counted from now; lines that would be too late are
   * left out before it
   * @throws Error for a pack that reads which this pool does not have
   */
  readText(pack: string, view: Pixels, { deadlineMs }: { deadlineMs?: number } = {}): Promise<TextResult> {
    const known = this.#packs.get(pack);
    if (known && !isTextPack(known)) throw new Error(`${pack} is a classifier, and reads nothing`);
    const misfit = misfitOf(view);
    if (misfit) return Promise.resolve(misfit);
    // of a text session, which gives lines
    return this.#dispatcher.submit(pack, view, deadlineMs) as Promise<TextResult>;
  }

  /**
   * Puts another version of a pack in its place, without dropping a request: until the last thread is replaced,
   * either version may answer. A process of its own opens the new version first, on the CPU: one that takes too much
   * memory or time does not come near those that work.
   *
   * @param limits of that process
   * @throws PackError when the new version does not open (the old one stays), or the pool has no pack of that name
   */
  swap(pack: Pack, limits: ProbeLimits = defaultProbeLimits): Promise<void> {
    const { name } = pack.manifest;
    return this.#inTurn(async () => {
      if (!this.#packs.has(name))
        throw new PackError(name, 'is not open in this pool, so it cannot be swapped');
      const packs = [...this.#packs.values()].map((each) => (each.manifest.name === name ? pack : each));
      await this.#replace(packs, limits);
    });
  }

  /**
   * Puts other packs in the place of all that are open, as `swap` does it for one. One that was not there before is
   * asked from when this resolves; of one that is left out, what was accepted is answered, and what comes later is told
   * `closed`.
   *
   * @param packs those that stay as they are must be the same objects: others are tried before, as new ones are
   * @throws PackError when one of them does not open, stands there twice, or takes a name of the other kind: then all
   * stays as it was
   */
  replace(packs: readonly Pack[], limits: ProbeLimits = defaultProbeLimits): Promise<void> {
    return this.#inTurn(() => this.#replace(packs, limits));
  }

  status(): InferenceStatus {
    const { provider, threads } = this.options;
    return {
      provider,
      threads: { wanted: threads, live: this.#crew.live, crashes: this.#crew.crashes },
      packs: [...this.#packs.values()].map((pack) => {
        const { name, version } = pack.manifest;
        const queued = this.#dispatcher.queued(name);
        if (isTextPack(pack)) return { name, version, kind: 'text-reader', tier: 'deep', queued };
        return { name, version, kind: 'classifier', tier: pack.manifest.tier, queued };
      }),
    };
  }

  /** Takes nothing more, answers what it has, ends the threads: those too that hang. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** Reading is one picture a run: what a batch saves would be lost on lines of different lengths. */
  #admit(pack: Pack): void {
    this.#dispatcher.admit(pack.manifest.name, isTextPack(pack) ? { maxBatch: 1, maxDelayMs: 0 } : {});
  }

  #inTurn(change: () => Promise<void>): Promise<void> {
    const changed = this.#lastSwap.then(change);
    this.#lastSwap = changed.catch(() => undefined);
    return changed;
  }

  async #replace(packs: readonly Pack[], limits: ProbeLimits): Promise<void> {
    assertFit(packs, this.#packs);
    const named = new Map(packs.map((pack) => [pack.manifest.name, pack]));
    for (const [name, pack] of named) {
      if (isTextPack(pack) || this.#packs.get(name) === pack) continue;
      await probePack(pack, [], limits, this.#closing.signal);
    }
    const leftOut = [...this.#packs.keys()].filter((name) => !named.has(name));
    await this.#crew.replaceAll([...packs], () => this.#expel(leftOut));
    for (const [name, pack] of named) if (!this.#packs.has(name)) this.#admit(pack);
    this.#packs.clear();
    for (const [name, pack] of named) this.#packs.set(name, pack);
  }

  async #expel(packs: readonly string[]): Promise<void> {
    await within(drainLimitMs, Promise.all(packs.map((pack) => this.#dispatcher.expel(pack))));
    this.#dispatcher.abandon('the pack was taken out before a thread was free', packs);
  }

  async #close(): Promise<void> {
    await within(drainLimitMs, this.#dispatcher.drain());
    this.#dispatcher.abandon('inference was shut down before a thread was free');
    // whatever still runs had its time; a swap that waits for a busy thread waits no longer
    await this.#crew.close();
    this.#closing.abort();
    await this.#lastSwap;
  }
}

const misfitOf = ({ data, width, height }: Pixels): ({ ok: false } & InferenceFailure) | undefined =>
  width < 1 || height < 1 || data.length !== width * height * 3
    ? failed('inference_failed', `${data.length} bytes are not ${width}x${height} RGB pixels`)
    : undefined;

/** Resolves when the promise does, or when the time is over. */
const within = async (ms: number, promise: Promise<unknown>): Promise<void> => {
  let limit: NodeJS.Timeout | undefined;
  const tooLate = new Promise<void>((resolve) => {
    limit = setTimeout(resolve, ms);
  });
  await Promise.race([promise, tooLate]);
  clearTimeout(limit);
};

/** @throws PackError when these packs cannot take the place of those */
const assertFit = (packs: readonly Pack[], current: ReadonlyMap<string, Pack>): void => {
  const seen = new Set<string>();
  for (const pack of packs) {
    const { name } = pack.manifest;
    if (seen.has(name)) throw new PackError(name, 'stands twice among the packs that are to be opened');
    seen.add(name);
    const before = current.get(name);
    if (before && isTextPack(before) !== isTextPack(pack))
      throw new PackError(name, 'is open in this pool as a pack of another kind');
  }
  if (seen.size === 0) throw new PackError('none', 'a pool is of no use without packs');
};
