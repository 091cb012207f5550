import {
  type Category,
  type Classification,
  highestScores,
  ok,
  type Pixels,
  type Result,
  type Scores,
} from '#libs/domain';
import { mostViews } from '#libs/images';
import {
  type BatchReport,
  type InferenceFailure,
  InferencePool,
  type InferenceStatus,
  type ModelPack,
} from '#libs/inference';
import type { Logger } from '#libs/platform';
import type { WorkerConfig } from '../worker-config.js';
import { findPacks, type Packs } from './find-packs.js';

/** The models of this worker: which one answers what, and their answers. */
export class ModelsService {
  private constructor(
    private readonly packs: Packs,
    private readonly pool: InferencePool,
  ) {}

  /**
   * @param mostPictures that are in work at once: none of them is ever turned away
   * @throws PackError, ProviderError
   */
  static async open(
    config: WorkerConfig['models'],
    mostPictures: { atOnce: number; sampledFrames: number },
    logger: Logger,
    onBatch: (batch: BatchReport) => void,
  ): Promise<ModelsService> {
    const { provider, threads, maxBatch, maxDelayMs } = config;
    const packs = await findPacks(config.folder, config.fastPack);
    const pool = await InferencePool.open([packs.fast, ...packs.deep], {
      provider,
      threads,
      maxBatch,
      maxDelayMs,
      queueLimit: mostPictures.atOnce * mostViews(mostPictures),
      onBatch,
      onThreadCrash: (crash) => logger.error(crash, 'an inference thread died and is replaced'),
    });
    const deep = packs.deep.map(({ manifest }) => `${manifest.name} ${manifest.version}`);
    logger.info({ fast: packs.fast.manifest.name, deep, provider, threads }, 'models open');
    return new ModelsService(packs, pool);
  }

  get fast(): ModelPack {
    return this.packs.fast;
  }

  get deep(): readonly ModelPack[] {
    return this.packs.deep;
  }

  /** The deep packs that know at least one of these categories. */
  deepFor(categories: readonly Category[]): ModelPack[] {
    return this.packs.deep.filter((pack) =>
      pack.categories.some(({ category }) => categories.includes(category)),
    );
  }

  /**
   * What each pack sees: in each category the highest score of any view, since a picture is as bad as its worst view.
   * The packs run side by side. Takes over the views' memory.
   */
  async classify(
    packs: readonly ModelPack[],
    views: Pixels[],
  ): Promise<Result<Classification[], InferenceFailure>> {
    const lastAt = packs.length - 1;
    const classified = await Promise.all(
      packs.map((pack, at) => this.classifyBy(pack, at === lastAt ? views : views.map(copyOf))),
    );
    const failure = classified.find((each) => !each.ok);
    if (failure && !failure.ok) return failure;
    return ok(classified.flatMap((each) => (each.ok ? [each.value] : [])));
  }

  status(): InferenceStatus {
    return this.pool.status();
  }

  /** Resolves with the provider; rejects when no thread could answer. */
  check(): Promise<string> {
    const { threads, provider } = this.pool.status();
    if (threads.live === 0) return Promise.reject(new Error('no inference thread lives'));
    return Promise.resolve(`${provider}, ${threads.live} of ${threads.wanted} threads`);
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  private async classifyBy(
    { manifest: { name, tier } }: ModelPack,
    views: Pixels[],
  ): Promise<Result<Classification, InferenceFailure>> {
    const answers = await Promise.all(views.map((view) => this.pool.classify(name, view)));
    const seen: Scores[] = [];
    let version = '';
    for (const answer of answers) {
      if (!answer.ok) return { ...answer, detail: `${name}: ${answer.detail}` };
      // the version that answered, which may change while a pack is swapped
      version = answer.value.version;
      seen.push(answer.value.scores);
    }
    return ok({ model: { name, version, tier }, scores: highestScores(seen) });
  }
}

/** The pool transfers a view's memory to a thread: whoever needs it afterwards hands over a copy. */
export const copyOf = ({ data, width, height }: Pixels): Pixels => ({
  // not slice(): decoders give Buffers, whose slice() shares the memory
  data: new Uint8Array(data),
  width,
  height,
});
