import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiskBlobStore } from '#libs/blobs';
import { defaultPolicyDocument, type EventOn, type Judgement, type Policy } from '#libs/domain';
import type { Delivery, EventBus } from '#libs/events';
import { createLogger, Metrics, projectRoot } from '#libs/platform';
import type { PolicyBook } from '#libs/policies';
import type { DetectorsService } from '../../../apps/worker/src/detectors/detectors.service.js';
import { openDetectors } from '../../../apps/worker/src/detectors/open-detectors.js';
import { ModelsService } from '../../../apps/worker/src/models/models.service.js';
import { PicturesService } from '../../../apps/worker/src/pictures/pictures.service.js';
import { RescoringService } from '../../../apps/worker/src/rescoring/rescoring.service.js';
import { readWorkerConfig } from '../../../apps/worker/src/worker-config.js';
import { WorkerMetrics } from '../../../apps/worker/src/worker-metrics.js';
import { aFlaggedEvent, stored, type Stored } from '../bus/flagged-event.js';

type Flagged = EventOn<'content.flagged'>;

/** What the deep tier is wanted for. */
export type Question = Required<Pick<Flagged['data'], 'asks' | 'called'>>;

const policy: Policy = { name: 'default', version: 1, document: defaultPolicyDocument };

/** The worker's own classes on the project's models and a folder of images; events come from the benchmark, not a bus. */
export class BenchedDeepTier {
  private constructor(
    private readonly folder: string,
    private readonly blobs: DiskBlobStore,
    private readonly models: ModelsService,
    private readonly pictures: PicturesService,
    private readonly rescoring: RescoringService,
    /** pictures that may be decoded at the same time */
    readonly atOnce: number,
    readonly detectors: DetectorsService,
    /** on the pictures so far */
    readonly lastWords: readonly Judgement[],
  ) {}

  static async open(threads: number): Promise<BenchedDeepTier> {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
    const config = readWorkerConfig({
      DATABASE_URL: 'postgres://nobody@127.0.0.1/none',
      MODELS_DIR: join(projectRoot, 'models'),
      INFERENCE_THREADS: String(threads),
    });
    const logger = createLogger('bench', 'warn');
    const metrics = new WorkerMetrics(new Metrics());
    const blobs = await DiskBlobStore.open(folder);
    const models = await ModelsService.open(config.models, config.pictures, logger, () => undefined);
    const detectors = await openDetectors(models, config.pictures, () => undefined);
    const pictures = new PicturesService(blobs, metrics, config);
    const lastWords: Judgement[] = [];
    const book = { current: () => policy } as PolicyBook;
    const bus = {
      publish: (_topic: string, events: EventOn<'content.rescored'>[]) => {
        lastWords.push(...events.map(({ data }) => data.judgements.at(-1)!));
        return Promise.resolve();
      },
    } as unknown as EventBus;
    const rescoring = new RescoringService(models, detectors, pictures, book, bus, metrics, logger);
    const { atOnce } = config.pictures;
    return new BenchedDeepTier(folder, blobs, models, pictures, rescoring, atOnce, detectors, lastWords);
  }

  store(image: Buffer): Promise<Stored> {
    return stored(this.blobs, image);
  }

  /** From the event to what is published, as the worker does it. @throws Error for a picture that was not settled */
  async rescore(image: Stored, question: Question): Promise<void> {
    const event = { ...aFlaggedEvent(image, 'sexual/explicit') };
    const delivery: Delivery<'content.flagged'> = {
      event: { ...event, data: { ...event.data, ...question } },
      attempt: 1,
      isLastAttempt: false,
      acceptedAt: new Date(),
    };
    const [outcome] = await this.rescoring.rescore([delivery]);
    if (outcome?.kind !== 'done') throw new Error(`a picture was not settled: ${outcome?.reason}`);
  }

  async close(): Promise<void> {
    await this.detectors.close();
    await this.models.close();
    await this.pictures.close();
    await this.blobs.close();
    await rm(this.folder, { recursive: true });
  }
}
