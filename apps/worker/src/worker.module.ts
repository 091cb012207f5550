import {
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { BlobStore, openBlobStore } from '#libs/blobs';
import { ChangeFeed, connectDatabase, DataSource } from '#libs/database';
import { busMetrics, EventBus, openBus } from '#libs/events';
import { LOGGER, type Logger, Metrics, PlatformModule, Readiness } from '#libs/platform';
import { PolicyBook, ScorerBeacon } from '#libs/policies';
import { DetectorsService } from './detectors/detectors.service.js';
import { openDetectors } from './detectors/open-detectors.js';
import { categoriesOf, ModelsService } from './models/models.service.js';
import { Opened } from './opened.js';
import { PicturesService } from './pictures/pictures.service.js';
import { RescoringConsumer } from './rescoring/rescoring.consumer.js';
import { RescoringService } from './rescoring/rescoring.service.js';
import { TrialsService } from './shadow/trials.service.js';
import { CONFIG, type WorkerConfig } from './worker-config.js';
import { WorkerMetrics } from './worker-metrics.js';

/** Policies and trials are read at start and when one changes; nothing else in the worker asks the database much. */
const poolSize = 2;

/** The fast pack and all detectors that judge, as who publishes a policy hears of them. */
const scorersOf = ({ fast: { manifest, categories } }: ModelsService, { all }: DetectorsService) => [
  {
    tier: 'fast' as const,
    pack: manifest.name,
    version: manifest.version,
    categories: categoriesOf({ categories }),
  },
  ...all.map(({ name, version, categories: known }) => ({
    tier: 'deep' as const,
    pack: name,
    version,
    categories: [...known],
  })),
];

/** What the worker opens at start and closes at its end. */
const resources = [
  {
    provide: DataSource,
    inject: [Opened, CONFIG],
    useFactory: (opened: Opened, { databaseUrl: url }: WorkerConfig) =>
      opened.keep(connectDatabase({ url, poolSize, applicationName: 'sluice-worker' }), (it) => it.destroy()),
  },
  {
    provide: ChangeFeed,
    inject: [Opened, CONFIG, LOGGER],
    useFactory: (opened: Opened, { databaseUrl: url }: WorkerConfig, logger: Logger) => {
      const onTrouble = (what: string, error: unknown): void => logger.warn({ err: error }, what);
      return opened.keep(ChangeFeed.open({ url, onTrouble }), closeIt);
    },
  },
  {
    provide: PolicyBook,
    inject: [Opened, DataSource, ChangeFeed, LOGGER],
    useFactory: (opened: Opened, dataSource: DataSource, feed: ChangeFeed, logger: Logger) => {
      const onTrouble = (error: Error): void => logger.error({ err: error }, 'a new policy is not used');
      return opened.keep(PolicyBook.open(dataSource, feed, onTrouble), closeIt);
    },
  },
  {
    provide: EventBus,
    inject: [Opened, CONFIG, LOGGER, Metrics],
    useFactory: (opened: Opened, { bus, databaseUrl }: WorkerConfig, logger: Logger, metrics: Metrics) =>
      opened.keep(openBus(bus, { databaseUrl, logger, observer: busMetrics(metrics) }), closeIt),
  },
  {
    provide: BlobStore,
    inject: [Opened, CONFIG],
    useFactory: (opened: Opened, { blobs }: WorkerConfig) => opened.keep(openBlobStore(blobs), closeIt),
  },
  {
    provide: ModelsService,
    inject: [Opened, CONFIG, LOGGER, WorkerMetrics],
    useFactory: (
      opened: Opened,
      { models, pictures }: WorkerConfig,
      logger: Logger,
      metrics: WorkerMetrics,
    ) =>
      opened.keep(
        ModelsService.open(models, pictures, logger, (batch) => metrics.modelRan(batch)),
        closeIt,
      ),
  },
  {
    provide: DetectorsService,
    inject: [Opened, CONFIG, ModelsService, WorkerMetrics],
    useFactory: (opened: Opened, { pictures }: WorkerConfig, models: ModelsService, metrics: WorkerMetrics) =>
      opened.keep(
        openDetectors(models, pictures, (...look) => metrics.looked(...look)),
        closeIt,
      ),
  },
  {
    provide: TrialsService,
    inject: [Opened, DataSource, ChangeFeed, ModelsService, DetectorsService, LOGGER],
    useFactory: (
      opened: Opened,
      dataSource: DataSource,
      feed: ChangeFeed,
      models: ModelsService,
      detectors: DetectorsService,
      logger: Logger,
    ) => opened.keep(TrialsService.open(dataSource, feed, { models, detectors, logger }), closeIt),
  },
  {
    provide: ScorerBeacon,
    // After the trials: who is on trial is none of them.
    inject: [Opened, DataSource, ModelsService, DetectorsService, LOGGER, TrialsService],
    useFactory: (
      opened: Opened,
      dataSource: DataSource,
      models: ModelsService,
      detectors: DetectorsService,
      logger: Logger,
    ) => {
      const onTrouble = (error: Error): void =>
        logger.warn({ err: error }, 'who publishes a policy does not hear what this worker scores');
      const beacon = new ScorerBeacon(dataSource, () => scorersOf(models, detectors), onTrouble);
      return opened.keep(Promise.resolve(beacon), closeIt);
    },
  },
  {
    provide: PicturesService,
    inject: [Opened, BlobStore, WorkerMetrics, CONFIG],
    useFactory: (opened: Opened, blobs: BlobStore, metrics: WorkerMetrics, config: WorkerConfig) =>
      opened.keep(Promise.resolve(new PicturesService(blobs, metrics, config)), closeIt),
  },
];

const closeIt = (it: { close(): Promise<void> }): Promise<void> => it.close();

/** The worker's wiring. */
@Module({})
export class WorkerModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly opened: Opened,
    private readonly dataSource: DataSource,
    private readonly policies: PolicyBook,
    private readonly bus: EventBus,
    private readonly blobs: BlobStore,
    private readonly models: ModelsService,
    private readonly metrics: WorkerMetrics,
    private readonly readiness: Readiness,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  static forRoot(config: WorkerConfig, logger: Logger, opened: Opened): DynamicModule {
    return {
      module: WorkerModule,
      imports: [PlatformModule.forRoot(logger)],
      controllers: [RescoringConsumer],
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: Opened, useValue: opened },
        WorkerMetrics,
        ...resources,
        RescoringService,
      ],
    };
  }

  onModuleInit(): void {
    this.readiness.register('database', async () => void (await this.dataSource.query('SELECT 1')));
    this.readiness.register('bus', () => this.bus.check());
    this.readiness.register('blobs', () => this.blobs.check());
    this.readiness.register('models', () => this.models.check());
    this.metrics.watchModels(() => this.models.status());
    this.metrics.watchBacklog((topic) => this.bus.backlog(topic, 'worker'));
    const { name, version } = this.policies.current();
    this.logger.info({ policy: `${name} ${version}` }, 'worker wired');
  }

  /** After the consumer has stopped: nothing here is in use any more. */
  onApplicationShutdown(): Promise<void> {
    return this.opened.close();
  }
}
