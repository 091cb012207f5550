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
import { PolicyBook } from '#libs/policies';
import { ModelsService } from './models/models.service.js';
import { PicturesService } from './pictures/pictures.service.js';
import { RescoringConsumer } from './rescoring/rescoring.consumer.js';
import { RescoringService } from './rescoring/rescoring.service.js';
import { CONFIG, type WorkerConfig } from './worker-config.js';
import { WorkerMetrics } from './worker-metrics.js';

/** Policies are read at start and when one is published; nothing else in the worker asks the database. */
const poolSize = 2;

/** What the worker opens at start and closes at its end. */
const resources = [
  {
    provide: DataSource,
    inject: [CONFIG],
    useFactory: ({ databaseUrl: url }: WorkerConfig) =>
      connectDatabase({ url, poolSize, applicationName: 'sluice-worker' }),
  },
  {
    provide: ChangeFeed,
    inject: [CONFIG, LOGGER],
    useFactory: ({ databaseUrl: url }: WorkerConfig, logger: Logger) =>
      ChangeFeed.open({ url, onTrouble: (what, error) => logger.warn({ err: error }, what) }),
  },
  {
    provide: PolicyBook,
    inject: [DataSource, ChangeFeed, LOGGER],
    useFactory: (dataSource: DataSource, feed: ChangeFeed, logger: Logger) =>
      PolicyBook.open(dataSource, feed, (error) => logger.error({ err: error }, 'a new policy is not used')),
  },
  {
    provide: EventBus,
    inject: [CONFIG, LOGGER, Metrics],
    useFactory: ({ bus, databaseUrl }: WorkerConfig, logger: Logger, metrics: Metrics) =>
      openBus(bus, { databaseUrl, logger, observer: busMetrics(metrics) }),
  },
  {
    provide: BlobStore,
    inject: [CONFIG],
    useFactory: ({ blobs }: WorkerConfig) => openBlobStore(blobs),
  },
  {
    provide: ModelsService,
    inject: [CONFIG, LOGGER, WorkerMetrics],
    useFactory: ({ models, pictures }: WorkerConfig, logger: Logger, metrics: WorkerMetrics) =>
      ModelsService.open(models, pictures, logger, (batch) => metrics.modelRan(batch)),
  },
];

/** The worker's wiring. */
@Module({})
export class WorkerModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly dataSource: DataSource,
    private readonly feed: ChangeFeed,
    private readonly policies: PolicyBook,
    private readonly bus: EventBus,
    private readonly blobs: BlobStore,
    private readonly models: ModelsService,
    private readonly pictures: PicturesService,
    private readonly metrics: WorkerMetrics,
    private readonly readiness: Readiness,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  static forRoot(config: WorkerConfig, logger: Logger): DynamicModule {
    return {
      module: WorkerModule,
      imports: [PlatformModule.forRoot(logger)],
      controllers: [RescoringConsumer],
      providers: [
        { provide: CONFIG, useValue: config },
        WorkerMetrics,
        ...resources,
        PicturesService,
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
  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.models.close(), this.pictures.close()]);
    await this.policies.close();
    await Promise.all([this.bus.close(), this.feed.close(), this.blobs.close()]);
    await this.dataSource.destroy();
  }
}
