import { join } from 'node:path';
import {
  type Category,
  highestScores,
  type ModelRef,
  type PerceptualHash,
  type Pixels,
  type Result,
  type Scores,
} from '#libs/domain';
import { PdqHasher } from '#libs/hash-list';
import { decode, type ImageFacts, mostViewBytes, mostViews } from '#libs/images';
import {
  type InferenceFailure,
  InferencePool,
  type InferenceStatus,
  loadPack,
  type ModelPack,
  PackError,
} from '#libs/inference';
import { type Logger, Problem } from '#libs/platform';
import type { GatewayConfig } from '../gateway-config.js';

/** A picture that the model has not answered for within this time is given up: the queue was too long. */
const deadlineMs = 10_000;

/** The steps from bytes to scores, none of them on the event loop: decode, perceptual hash, fast model. */
export class FastTier {
  readonly model: ModelRef;
  /** all that the model scores in every picture */
  readonly categories: readonly Category[];
  private readonly minShortSide: number;

  private constructor(
    private readonly config: GatewayConfig['scores'],
    pack: ModelPack,
    private readonly pool: InferencePool,
    private readonly hasher: PdqHasher | null,
  ) {
    this.model = { name: pack.manifest.name, version: pack.manifest.version, tier: 'fast' };
    this.categories = pack.categories.map(({ category }) => category);
    this.minShortSide = pack.manifest.resize.minShortSide;
  }

  /** @throws PackError when the pack cannot be used, ProviderError when the provider cannot */
  static async open(config: GatewayConfig['scores'], logger: Logger): Promise<FastTier> {
    const pack = await loadPack(join(config.modelsDir, config.fastPack));
    const { name, tier } = pack.manifest;
    if (tier !== 'fast')
      throw new PackError(name, `is of the ${tier} tier: set FAST_PACK to one of the fast tier`);
    const pool = await InferencePool.open([pack], {
      threads: config.threads,
      provider: config.provider,
      maxBatch: 1,
      maxDelayMs: 0,
      queueLimit: config.queueLimit * mostViews(config),
      onThreadCrash: (crash) => logger.error(crash, 'an inference thread died and is replaced'),
    });
    logger.info(
      { pack: config.fastPack, provider: config.provider, threads: config.threads },
      'fast model open',
    );
    return new FastTier(config, pack, pool, config.perceptualHashing ? new PdqHasher() : null);
  }

  /** Threads, provider, and how many views wait. */
  status(): InferenceStatus {
    return this.pool.status();
  }

  /** Resolves with the provider; rejects when no thread could answer. */
  check(): Promise<string> {
    const { threads, provider } = this.pool.status();
    if (threads.live === 0) return Promise.reject(new Error('no inference thread lives'));
    return Promise.resolve(`${this.model.name} ${this.model.version} on ${provider}`);
  }

  /**
   * The picture as people see it first, then what else it may show: other frames, and what alpha hides.
   *
   * @throws Problem with the decoder's refusal
   */
  async decode(bytes: Buffer, facts: ImageFacts): Promise<Pixels[]> {
    const { minShortSide } = this;
    const decoded = await decode(bytes, facts, { minShortSide, sampledFrames: this.config.sampledFrames });
    if (!decoded.ok) throw new Problem(decoded.code, decoded.detail);
    return decoded.value.views;
  }

  /** What the views of a picture take at most. */
  viewBytes(facts: ImageFacts): number {
    return mostViewBytes(facts, {
      minShortSide: this.minShortSide,
      sampledFrames: this.config.sampledFrames,
    });
  }

  /** Hash of the first view, null with hashing off; the views come back, since their memory travels. */
  async hash(views: Pixels[]): Promise<{ hash: PerceptualHash | null; views: Pixels[] }> {
    const [first, ...others] = views;
    if (!this.hasher || !first) return { hash: null, views };
    const { hash, pixels } = await this.hasher.hash(first);
    return { hash, views: [pixels, ...others] };
  }

  /**
   * The highest score of any view in each category. Takes over the views' memory.
   *
   * @throws Problem `overloaded` or `unavailable`
   */
  async classify(views: Pixels[]): Promise<Scores> {
    const outputs = await Promise.all(
      views.map((view) => this.pool.classify(this.model.name, view, { deadlineMs })),
    );
    return highestScores(outputs.map((output) => orThrow(output).scores));
  }

  async close(): Promise<void> {
    await Promise.all([this.pool.close(), this.hasher?.close()]);
  }
}

const orThrow = <Value>(result: Result<Value, InferenceFailure>): Value => {
  if (result.ok) return result.value;
  if (result.code === 'overloaded' || result.code === 'deadline_exceeded')
    throw new Problem('overloaded', 'The model has too much to do; nothing was decided, try again.');
  throw new Problem('unavailable', 'The model could not answer; nothing was decided, try again.', {
    cause: new Error(`${result.code}: ${result.detail}`),
  });
};
