import {
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { BlobStore, openBlobStore } from '#libs/blobs';
import { ApiKeyRing, ChangeFeed, connectDatabase, DataSource } from '#libs/database';
import { busMetrics, EventBus, openBus } from '#libs/events';
import { LOGGER, type Logger, Metrics, PlatformModule, Readiness, SecretCipher } from '#libs/platform';
import { PolicyBook } from '#libs/policies';
import { AccessGuard } from './access/access.guard.js';
import { CallerService } from './access/caller.service.js';
import { AppealsController } from './appeals/appeals.controller.js';
import { AppealsRepository } from './appeals/appeals.repository.js';
import { AppealsService } from './appeals/appeals.service.js';
import { ContentAppealsController } from './appeals/content-appeals.controller.js';
import { AuditController } from './audit/audit.controller.js';
import { AuditRepository } from './audit/audit.repository.js';
import { AuditSealer } from './audit/audit-sealer.js';
import { AuditService } from './audit/audit.service.js';
import { AccountsRepository } from './accounts/accounts.repository.js';
import { AccountsService } from './accounts/accounts.service.js';
import { ModeratorsController } from './accounts/moderators.controller.js';
import { ModeratorsRepository } from './accounts/moderators.repository.js';
import { ModeratorsService } from './accounts/moderators.service.js';
import { OwnAccountController } from './accounts/own-account.controller.js';
import { SecondFactorRepository } from './accounts/second-factor.repository.js';
import { SecondFactorService } from './accounts/second-factor.service.js';
import { ApiKeysController } from './api-keys/api-keys.controller.js';
import { ApiKeysRepository } from './api-keys/api-keys.repository.js';
import { ApiKeysService } from './api-keys/api-keys.service.js';
import { CaseImageService } from './cases/case-image.service.js';
import { CasesController } from './cases/cases.controller.js';
import { CasesRepository } from './cases/cases.repository.js';
import { CasesService } from './cases/cases.service.js';
import { DecisionsController } from './cases/decisions.controller.js';
import { DecisionsRepository } from './cases/decisions.repository.js';
import { DecisionsService } from './cases/decisions.service.js';
import { LeasesController } from './cases/leases.controller.js';
import { LeasesRepository } from './cases/leases.repository.js';
import { LeasesService } from './cases/leases.service.js';
import { SimilarController } from './cases/similar/similar.controller.js';
import { SimilarRepository } from './cases/similar/similar.repository.js';
import { SimilarService } from './cases/similar/similar.service.js';
import { ErasureClock } from './erasure/erasure-clock.js';
import { ErasureController } from './erasure/erasure.controller.js';
import { ErasureRepository } from './erasure/erasure.repository.js';
import { ErasureService } from './erasure/erasure.service.js';
import { PictureRemover } from './erasure/picture-remover.js';
import { RetentionService } from './erasure/retention.service.js';
import { LedgerConsumer } from './ledger/ledger.consumer.js';
import { LedgerRepository } from './ledger/ledger.repository.js';
import { LedgerService } from './ledger/ledger.service.js';
import { DraftsController } from './policies/drafts.controller.js';
import { DraftsRepository } from './policies/drafts.repository.js';
import { DraftsService } from './policies/drafts.service.js';
import { PoliciesController } from './policies/policies.controller.js';
import { PoliciesRepository } from './policies/policies.repository.js';
import { PoliciesService } from './policies/policies.service.js';
import { PublishingController } from './policies/publishing.controller.js';
import { PublishingRepository } from './policies/publishing.repository.js';
import { PublishingService } from './policies/publishing.service.js';
import { GoldenController } from './quality/golden.controller.js';
import { GoldenMixerService } from './quality/golden-mixer.service.js';
import { GoldenMixingRepository } from './quality/golden-mixing.repository.js';
import { GoldenRepository } from './quality/golden.repository.js';
import { GoldenService } from './quality/golden.service.js';
import { LooksService } from './quality/looks.service.js';
import { QualityController } from './quality/quality.controller.js';
import { QualityRepository } from './quality/quality.repository.js';
import { QualityService } from './quality/quality.service.js';
import { QualityUpkeep } from './quality/quality-upkeep.js';
import { QualityUpkeepRepository } from './quality/quality-upkeep.repository.js';
import { QueueDepthService } from './queues/queue-depth.service.js';
import { QueuesController } from './queues/queues.controller.js';
import { QueuesRepository } from './queues/queues.repository.js';
import { QueuesService } from './queues/queues.service.js';
import { RoutingController } from './queues/routing.controller.js';
import { RoutingRepository } from './queues/routing.repository.js';
import { RoutingService } from './queues/routing.service.js';
import { CONFIG, type ReviewConfig } from './review-config.js';
import { LoginThrottle } from './sessions/login-throttle.js';
import { IdentityRepository } from './sessions/oidc/identity.repository.js';
import { OidcClient } from './sessions/oidc/oidc-client.js';
import { OidcController } from './sessions/oidc/oidc.controller.js';
import { OidcService } from './sessions/oidc/oidc.service.js';
import { PendingCookie } from './sessions/oidc/pending-cookie.js';
import { PasswordService } from './sessions/password.service.js';
import { SameSiteGuard } from './sessions/same-site.guard.js';
import { SessionCookie } from './sessions/session-cookie.js';
import { SearchController } from './search/search.controller.js';
import { SearchRepository } from './search/search.repository.js';
import { SearchService } from './search/search.service.js';
import { SessionController } from './sessions/session.controller.js';
import { SessionRepository } from './sessions/session.repository.js';
import { SessionService } from './sessions/session.service.js';
import { SignInService } from './sessions/sign-in.service.js';
import { DeliveryQueueRepository } from './webhooks/delivery/delivery-queue.repository.js';
import { UpkeepRepository } from './webhooks/delivery/upkeep.repository.js';
import { WebhookDispatcher } from './webhooks/delivery/webhook-dispatcher.js';
import { WebhookUpkeep } from './webhooks/delivery/webhook-upkeep.js';
import { EndpointsController } from './webhooks/endpoints/endpoints.controller.js';
import { EndpointsRepository } from './webhooks/endpoints/endpoints.repository.js';
import { EndpointsService } from './webhooks/endpoints/endpoints.service.js';
import { DeliveriesController } from './webhooks/log/deliveries.controller.js';
import { DeliveriesRepository } from './webhooks/log/deliveries.repository.js';
import { DeliveriesService } from './webhooks/log/deliveries.service.js';
import { systemResolver } from './webhooks/sending/system-resolver.js';
import { TARGET_RULE, type TargetRule } from './webhooks/sending/target.js';
import { WebhookSender } from './webhooks/sending/webhook-sender.js';
import { StatementsController } from './statements/statements.controller.js';
import { StatementsRepository } from './statements/statements.repository.js';
import { StatementsService } from './statements/statements.service.js';

/** What the review app opens at start and closes at its end. */
const resources = [
  {
    provide: DataSource,
    inject: [CONFIG],
    useFactory: ({ databaseUrl: url, poolSize }: ReviewConfig) =>
      connectDatabase({ url, poolSize, applicationName: 'sluice-review' }),
  },
  {
    provide: ChangeFeed,
    inject: [CONFIG, LOGGER],
    useFactory: ({ databaseUrl: url }: ReviewConfig, logger: Logger) =>
      ChangeFeed.open({ url, onTrouble: (what, error) => logger.warn({ err: error }, what) }),
  },
  {
    provide: ApiKeyRing,
    inject: [DataSource, ChangeFeed],
    useFactory: (dataSource: DataSource, feed: ChangeFeed) => ApiKeyRing.open(dataSource, feed),
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
    useFactory: ({ bus, databaseUrl }: ReviewConfig, logger: Logger, metrics: Metrics) =>
      openBus(bus, { databaseUrl, logger, observer: busMetrics(metrics) }),
  },
  {
    provide: SecretCipher,
    inject: [CONFIG],
    useFactory: ({ secretsKeys }: ReviewConfig) => new SecretCipher(secretsKeys),
  },
  {
    provide: BlobStore,
    inject: [CONFIG],
    useFactory: ({ blobs }: ReviewConfig) => openBlobStore(blobs),
  },
  {
    provide: TARGET_RULE,
    inject: [CONFIG],
    useFactory: ({ webhooks: { allowedHosts } }: ReviewConfig): TargetRule => ({
      allowedHosts,
      resolve: systemResolver(),
    }),
  },
  {
    provide: WebhookSender,
    inject: [CONFIG, TARGET_RULE],
    useFactory: ({ webhooks }: ReviewConfig, rule: TargetRule) => new WebhookSender({ ...webhooks, ...rule }),
  },
];

/** The review app's wiring. */
@Module({})
export class ReviewModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly dataSource: DataSource,
    private readonly feed: ChangeFeed,
    private readonly keys: ApiKeyRing,
    private readonly policies: PolicyBook,
    private readonly bus: EventBus,
    private readonly blobs: BlobStore,
    private readonly readiness: Readiness,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  static forRoot(config: ReviewConfig, logger: Logger): DynamicModule {
    return {
      module: ReviewModule,
      imports: [PlatformModule.forRoot(logger)],
      controllers: [
        SessionController,
        OidcController,
        OwnAccountController,
        ModeratorsController,
        ApiKeysController,
        LeasesController,
        DecisionsController,
        CasesController,
        ContentAppealsController,
        AppealsController,
        StatementsController,
        AuditController,
        SearchController,
        SimilarController,
        ErasureController,
        QueuesController,
        RoutingController,
        GoldenController,
        QualityController,
        PoliciesController,
        DraftsController,
        PublishingController,
        LedgerConsumer,
        EndpointsController,
        DeliveriesController,
      ],
      providers: [
        { provide: CONFIG, useValue: config },
        ...resources,
        // In this order: a forged request is refused before anybody looks for its session.
        { provide: APP_GUARD, useClass: SameSiteGuard },
        { provide: APP_GUARD, useClass: AccessGuard },
        CallerService,
        AuditRepository,
        AuditService,
        AuditSealer,
        SearchRepository,
        SearchService,
        SimilarRepository,
        SimilarService,
        ErasureRepository,
        PictureRemover,
        ErasureService,
        RetentionService,
        ErasureClock,
        LoginThrottle,
        PasswordService,
        SessionRepository,
        SessionService,
        SessionCookie,
        SignInService,
        IdentityRepository,
        OidcClient,
        OidcService,
        PendingCookie,
        AccountsRepository,
        AccountsService,
        SecondFactorRepository,
        SecondFactorService,
        ModeratorsRepository,
        ModeratorsService,
        ApiKeysRepository,
        ApiKeysService,
        QueuesRepository,
        QueueDepthService,
        QueuesService,
        RoutingRepository,
        RoutingService,
        PoliciesRepository,
        PoliciesService,
        DraftsRepository,
        DraftsService,
        PublishingRepository,
        PublishingService,
        LedgerRepository,
        LedgerService,
        GoldenRepository,
        GoldenService,
        GoldenMixingRepository,
        GoldenMixerService,
        LooksService,
        QualityRepository,
        QualityService,
        QualityUpkeepRepository,
        QualityUpkeep,
        CasesRepository,
        LeasesRepository,
        LeasesService,
        DecisionsRepository,
        DecisionsService,
        CasesService,
        CaseImageService,
        AppealsRepository,
        AppealsService,
        StatementsRepository,
        StatementsService,
        EndpointsRepository,
        EndpointsService,
        DeliveriesRepository,
        DeliveriesService,
        DeliveryQueueRepository,
        WebhookDispatcher,
        UpkeepRepository,
        WebhookUpkeep,
      ],
    };
  }

  onModuleInit(): void {
    this.readiness.register('database', async () => void (await this.dataSource.query('SELECT 1')));
    this.readiness.register('bus', () => this.bus.check());
    this.readiness.register('blobs', () => this.blobs.check());
    const { name, version } = this.policies.current();
    this.logger.info({ policy: `${name} ${version}` }, 'review wired');
  }

  /** After the last answer was given and the last event written: what they were written with is closed. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.policies.close(), this.keys.close()]);
    await Promise.all([this.bus.close(), this.feed.close(), this.blobs.close()]);
    await this.dataSource.destroy();
  }
}
