import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ChangeFeed, type Watermark } from '#libs/database';
import type { PerceptualHash, Policy } from '#libs/domain';
import { LOGGER, type Logger } from '#libs/platform';
import { MetricsService } from '../metrics/metrics.service.js';
import { KnownContentRepository } from './known-content.repository.js';
import { type KnownMatch, KnownPictures } from './known-pictures.js';

export type { KnownMatch } from './known-pictures.js';

/** People's decisions on pictures, held in memory and learnt within a second of the decision. */
@Injectable()
export class KnownContentService implements OnModuleInit, OnModuleDestroy {
  private pictures!: KnownPictures;
  private watermark: Watermark | undefined;
  private unsubscribe: (() => Promise<void>) | undefined;

  constructor(
    private readonly repository: KnownContentRepository,
    private readonly changes: ChangeFeed,
    private readonly metrics: MetricsService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onModuleInit(): Promise<void> {
    this.pictures = await KnownPictures.empty();
    this.metrics.observe(
      'sluice_gateway_known_pictures',
      'Pictures with a person’s decision in force',
      () => this.pictures.size,
    );
    this.unsubscribe = this.changes.subscribe('known_content', () => this.refresh());
    await this.refresh();
    this.logger.info({ pictures: this.pictures.size }, 'known content read');
  }

  async onModuleDestroy(): Promise<void> {
    await this.unsubscribe?.();
  }

  /** Whether a new picture has to be hashed to know that no block concerns it. */
  holdsBlocks(): boolean {
    return this.pictures.hasBlocks;
  }

  /** A person's decision on the very same bytes. */
  exact(sha256: string, policy: Policy): KnownMatch | undefined {
    return this.pictures.exact(sha256, policy, new Date());
  }

  /** A block that a near copy inherits. */
  nearBlock(hash: PerceptualHash | null): KnownMatch | undefined {
    return hash === null ? undefined : this.pictures.nearBlock(hash);
  }

  private async refresh(): Promise<void> {
    this.watermark = await this.repository.read(this.watermark, (rows) => this.pictures.learn(rows));
  }
}
