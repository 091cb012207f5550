import { type Classification, highestScores, ok, type Pixels, type Result, type Scores } from '#libs/domain';
import { mostViews } from '#libs/images';
import {
  type BatchReport,
  type InferenceFailure,
  type InferenceStatus,
  type ModelPack,
  type ThreadCrash,
} from '#libs/inference';
import type { Logger } from '#libs/platform';
import type { WorkerConfig } from '../worker-config.js';
import { assertKnown, findPacks, type Packs } from './find-packs.js';
import { type OpenedPool, openPool } from './open-pool.js';

/** Which of them look at a picture. */
export { calledOf, type LookPlan, planLook } from './routing.js';

/** What runs, and why it is not what was wished for. */
export type ModelsStatus = InferenceStatus & Pick<OpenedPool, 'fallback'>;

/** The models of this worker: which one answers what, and their answers. */
export class ModelsService {
  private constructor(
    private readonly packs: Packs,
    private readonly opened: OpenedPool,
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
    const packs = await findPacks(config.folder, config.fastPack);
    const all = [packs.fast, ...packs.deep];
    assertKnown(all, config.mostRuns);
    const options = {
      mostRuns: config.mostRuns,
      batchLimitMs: config.batchLimitMs,
      queueLimit: mostPictures.atOnce * mostViews(mostPictures),
      onBatch,
      onThreadCrash: (crash: ThreadCrash) => logger.error(crash, 'an inference thread died and is replaced'),
    };
    const opened = await openPool(all, config, options, logger);
    const { provider } = opened.pool.status();
    const deep = packs.deep.map(({ manifest }) => `${manifest.name} ${manifest.version}`);
    const tuning = config.tuning[provider];
    logger.info({ fast: packs.fast.manifest.name, deep, provider, ...tuning }, 'models open');
    return new ModelsService(packs, opened);
  }

  get fast(): ModelPack {
    return this.packs.fast;
  }

  get deep(): readonly ModelPack[] {
    return this.packs.deep;
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

  status(): ModelsStatus {
    const { pool, fallback } = this.opened;
    return { ...pool.status(), fallback };
  }

  /** Resolves with the provider; rejects when no thread could answer. */
  check(): Promise<string> {
    const { threads, provider } = this.opened.pool.status();
    if (threads.live === 0) return Promise.reject(new Error('no inference thread lives'));
    return Promise.resolve(`${provider}, ${threads.live} of ${threads.wanted} threads`);
  }

  close(): Promise<void> {
    return this.opened.pool.close();
  }

  private async classifyBy(
    { manifest: { name, tier } }: ModelPack,
    views: Pixels[],
  ): Promise<Result<Classification, InferenceFailure>> {
    const answers = await Promise.all(views.map((view) => this.opened.pool.classify(name, view)));
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
