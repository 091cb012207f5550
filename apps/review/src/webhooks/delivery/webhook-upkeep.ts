import { breakerState } from '#libs/domain';
import { LOGGER, type Logger, Metrics } from '#libs/platform';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { CONFIG, type ReviewConfig } from '../../review-config.js';
import type { WebhookSettings } from '../webhook-settings.js';
import { isWholeBatch, UpkeepRepository } from './upkeep.repository.js';

const everyMs = 60_000;
const breakerNumber = { closed: 0, half_open: 1, open: 2 } as const;

/** Ends what is past its time, keeps the log for its days, and tells how the endpoints stand. */
@Injectable()
export class WebhookUpkeep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly settings: WebhookSettings;
  private timer: NodeJS.Timeout | undefined;
  private underWay: Promise<void> | undefined;
  private isStopping = false;

  constructor(
    private readonly upkeep: UpkeepRepository,
    @Inject(CONFIG) config: Pick<ReviewConfig, 'webhooks'>,
    @Inject(LOGGER) private readonly logger: Logger,
    metrics: Metrics,
  ) {
    this.settings = config.webhooks;
    const breakers = metrics.gauge({
      name: 'sluice_webhook_breaker_state',
      help: 'Circuit breaker of each webhook endpoint: 0 closed, 1 half open, 2 open',
      labelNames: ['endpoint'],
    });
    metrics.gauge({
      name: 'sluice_webhook_oldest_undelivered_seconds',
      help: 'Age of the earliest event that an endpoint has not had yet; 0 where it has had all',
      labelNames: ['endpoint'],
      async collect() {
        const standings = await upkeep.standings();
        this.reset();
        breakers.reset();
        for (const { id: endpoint, oldestSeconds, now, ...breaker } of standings) {
          this.set({ endpoint }, oldestSeconds);
          breakers.set({ endpoint }, breakerNumber[breakerState(breaker, now)]);
        }
      },
    });
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.underWay ??= this.run().finally(() => (this.underWay = undefined));
    }, everyMs);
    this.timer.unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    clearInterval(this.timer);
    await this.underWay;
  }

  /** Once through; nothing where another process is at it. */
  async run(): Promise<void> {
    try {
      await this.upkeep.alone(async () => {
        await this.inBatches(() => this.upkeep.expire(this.settings.retry.windowMs));
        await this.inBatches(() => this.upkeep.forget(this.settings.retentionDays));
        await this.upkeep.forgetEndpoints();
      });
    } catch (error) {
      this.logger.error({ err: error }, 'the upkeep of webhooks failed, and is tried again later');
    }
  }

  private async inBatches(work: () => Promise<number>): Promise<void> {
    while (!this.isStopping && isWholeBatch(await work()));
  }
}
