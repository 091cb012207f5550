import { join } from 'node:path';
import { type Category, highestScores, ok, type Pixels, type Result, type Scores } from '#libs/domain';
import type { TextReader } from '#libs/detectors';
import { mostViews } from '#libs/images';
import {
  type BatchReport,
  type InferenceFailure,
  type InferenceStatus,
  loadPack,
  type ModelPack,
  PackError,
  type PackOutput,
  type ThreadCrash,
} from '#libs/inference';
import type { Logger } from '#libs/platform';
import type { WorkerConfig } from '../worker-config.js';
import { assertKnown, findPacks, type Packs } from './find-packs.js';
import { type OpenedPool, openPool } from './open-pool.js';

/** What runs, and why it is not what was wished for. */
export type ModelsStatus = InferenceStatus & Pick<OpenedPool, 'fallback'>;

/** What a pack saw in all views of a picture. */
export interface PackSight {
  /** that answered, which may change while a pack is swapped */
  version: string;
  scores: Scores;
  /** probabilities by label, as the pool reports them */
  labels: Record<string, number>;
  /** of the first view */
  embedding?: Float32Array;
}

/** The models of this worker, and their answers. */
export class ModelsService {
  private constructor(
    private readonly packs: Packs,
    private readonly opened: OpenedPool,
    private readonly folder: string,
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
    const all = [packs.fast, ...packs.deep, ...(packs.reading ? [packs.reading] : [])];
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
    return new ModelsService(packs, opened, config.folder);
  }

  get fast(): ModelPack {
    return this.packs.fast;
  }

  /** All that are open, those on trial included. */
  get deep(): readonly ModelPack[] {
    return this.packs.deep;
  }

  /**
   * Opens a deep pack that was put into the folder since, under its own name, beside those that run.
   *
   * @throws PackError for one that is not there, or cannot be used: all stays as it was
   */
  async openNew(name: string): Promise<void> {
    const { fast, deep, reading } = this.packs;
    const pack = await loadPack(join(this.folder, name));
    if (pack.manifest.name !== name || pack.manifest.tier !== 'deep')
      throw new PackError(name, `its folder holds ${pack.manifest.name} of the ${pack.manifest.tier} tier`);
    await this.opened.pool.replace([fast, ...deep, pack, ...(reading ? [reading] : [])]);
    deep.push(pack);
  }

  /**
   * What a pack sees: in each category the highest score of any view, since a picture is as bad as its worst view. Takes
   * over the views' memory.
   *
   * @param deadlineMs answer `deadline_exceeded` after this time, counted from now
   */
  async look(
    { manifest: { name } }: ModelPack,
    views: Pixels[],
    options: { deadlineMs?: number } = {},
  ): Promise<Result<PackSight, InferenceFailure>> {
    const answers = await Promise.all(views.map((view) => this.opened.pool.classify(name, view, options)));
    const outputs: PackOutput[] = [];
    for (const answer of answers) {
      if (!answer.ok) return answer;
      outputs.push(answer.value);
    }
    const { version, embedding } = outputs[0]!;
    return ok({
      version,
      scores: highestScores(outputs.map(({ scores }) => scores)),
      labels: highestScores(outputs.map(({ labels }) => labels)),
      ...(embedding ? { embedding } : {}),
    });
  }

  /** Reads writing; undefined where there is no pack for it. */
  get reader(): TextReader | undefined {
    const { reading } = this.packs;
    if (!reading) return undefined;
    const { name, version } = reading.manifest;
    return {
      version,
      read: async (view, options) => {
        const read = await this.opened.pool.readText(name, view, options);
        if (!read.ok) return read;
        const { lines, tooLate } = read.value;
        // what was read does not tell what stands in the rest
        if (tooLate > 0)
          return { ok: false, code: 'deadline_exceeded', detail: `no time was left for ${tooLate} lines` };
        return ok(lines);
      },
    };
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
}

/** Whoever looks takes a view's memory over: whoever needs it afterwards hands over a copy. */
export const copyOf = ({ data, width, height }: Pixels): Pixels => ({
  // not slice(): decoders give Buffers, whose slice() shares the memory
  data: new Uint8Array(data),
  width,
  height,
});

/** What a pack scores. */
export const categoriesOf = ({ categories }: Pick<ModelPack, 'categories'>): Category[] =>
  categories.map(({ category }) => category);
