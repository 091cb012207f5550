import {
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { BlobStore, openBlobStore } from '#libs/blobs';
import { ApiKeyRing, ChangeFeed, connectDatabase, DataSource, defaultPolicyName } from '#libs/database';
import { busMetrics, EventBus, openBus } from '#libs/events';
import { LOGGER, type Logger, Metrics, PlatformModule, Readiness } from '#libs/platform';
import { PolicyBook, ScorerBeacon } from '#libs/policies';
import { ApiKeysService } from './api-keys/api-keys.service.js';
import { ContentController } from './content/content.controller.js';
import { ContentRepository } from './content/content.repository.js';
import { ContentService } from './content/content.service.js';
import { CONFIG, type GatewayConfig } from './gateway-config.js';
import { IdempotencyRepository } from './idempotency/idempotency.repository.js';
import { IdempotencyService } from './idempotency/idempotency.service.js';
import { KnownContentRepository } from './known/known-content.repository.js';
import { KnownContentService } from './known/known-content.service.js';
import { RateLimitService } from './limits/rate-limit.service.js';
import { MetricsService } from './metrics/metrics.service.js';
import { ModerationController } from './moderation/moderation.controller.js';
import { auditDraw } from './moderation/audit-draw.js';
import { AUDIT_DRAW, ModerationService } from './moderation/moderation.service.js';
import { RecordingService } from './recording/recording.service.js';
import { FastTier } from './scores/fast-tier.js';
import { ScoresService } from './scores/scores.service.js';
import { refuseUnscored } from './scores/unscored-category.js';
import { UploadService } from './upload/upload.service.js';

/** What the gateway opens at start and closes at its end. */
const resources = [
  {
    provide: DataSource,
    inject: [CONFIG],
    useFactory: ({ databaseUrl: url }: GatewayConfig) =>
      connectDatabase({ url, applicationName: 'sluice-gateway' }),
  },
  {
    provide: ChangeFeed,
    inject: [CONFIG, LOGGER],
    useFactory: ({ databaseUrl: url }: GatewayConfig, logger: Logger) =>
      ChangeFeed.open({ url, onTrouble: (what, error) => logger.warn({ err: error }, what) }),
  },
  {
    provide: ApiKeyRing,
    inject: [DataSource, ChangeFeed],
    useFactory: (dataSource: DataSource, feed: ChangeFeed) => ApiKeyRing.open(dataSource, feed),
  },
  {
    provide: PolicyBook,
    inject: [DataSource, ChangeFeed, FastTier, MetricsService, LOGGER],
    useFactory: (
      dataSource: DataSource,
      feed: ChangeFeed,
      { model, categories }: FastTier,
      metrics: MetricsService,
      logger: Logger,
    ) => {
      const onTrouble = (error: Error): void => {
        metrics.policiesRefused.inc();
        logger.error({ err: error }, 'a new policy is not used');
      };
      return PolicyBook.open(dataSource, feed, onTrouble, (policy) => {
        if (policy.name === defaultPolicyName) refuseUnscored(policy, { name: model.name, categories });
      });
    },
  },
  {
    provide: EventBus,
    inject: [CONFIG, LOGGER, Metrics],
    useFactory: ({ bus, databaseUrl }: GatewayConfig, logger: Logger, metrics: Metrics) =>
      openBus(bus, { databaseUrl, logger, observer: busMetrics(metrics) }),
  },
  {
    provide: BlobStore,
    inject: [CONFIG],
    useFactory: ({ blobs }: GatewayConfig) => openBlobStore(blobs),
  },
  {
    provide: FastTier,
    inject: [CONFIG, LOGGER],
    useFactory: ({ scores }: GatewayConfig, logger: Logger) => FastTier.open(scores, logger),
  },
  {
    provide: ScorerBeacon,
    inject: [DataSource, FastTier, LOGGER],
    useFactory: (dataSource: DataSource, { model, categories }: FastTier, logger: Logger) => {
      const pack = { tier: 'fast', pack: model.name, version: model.version } as const;
      return new ScorerBeacon(
        dataSource,
        () => [{ ...pack, categories: [...categories] }],
        (error) =>
          logger.warn({ err: error }, 'who publishes a policy does not hear what this gateway scores'),
      );
    },
  },
];

/** The gateway's wiring. */
@Module({})
export class GatewayModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly dataSource: DataSource,
    private readonly feed: ChangeFeed,
    private readonly keys: ApiKeyRing,
    private readonly policies: PolicyBook,
    private readonly bus: EventBus,
    private readonly blobs: BlobStore,
    private readonly fastTier: FastTier,
    private readonly beacon: ScorerBeacon,
    private readonly recording: RecordingService,
    private readonly readiness: Readiness,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  static forRoot(config: GatewayConfig, logger: Logger): DynamicModule {
    return {
      module: GatewayModule,
      imports: [PlatformModule.forRoot(logger)],
      controllers: [ModerationController, ContentController],
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: AUDIT_DRAW, useValue: auditDraw },
        ...resources,
        MetricsService,
        ApiKeysService,
        RateLimitService,
        UploadService,
        KnownContentRepository,
        KnownContentService,
        ScoresService,
        RecordingService,
        ModerationService,
        IdempotencyRepository,
        IdempotencyService,
        ContentRepository,
        ContentService,
      ],
    };
  }

  onModuleInit(): void {
    this.readiness.register('database', async () => void (await this.dataSource.query('SELECT 1')));
    this.readiness.register('bus', () => this.bus.check());
    this.readiness.register('blobs', () => this.blobs.check());
    this.readiness.register('model', () => this.fastTier.check());
    const { name, version } = this.policies.current();
    this.logger.info({ policy: `${name} ${version}`, model: this.fastTier.model }, 'gateway wired');
  }

  /** After the last answer was given: first what waits is written, then what it was written with is closed. */
  async onApplicationShutdown(): Promise<void> {
    await this.recording.close();
    await Promise.all([this.policies.close(), this.keys.close(), this.beacon.close()]);
    await Promise.all([this.bus.close(), this.feed.close(), this.fastTier.close(), this.blobs.close()]);
    await this.dataSource.destroy();
  }
}
