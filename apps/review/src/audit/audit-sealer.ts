import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource, sealAudit, unsealedAudit } from '#libs/database';
import { LOGGER, type Logger, Metrics } from '#libs/platform';

/** An entry waits this long at most, in milliseconds, plus the batches before it. */
const pauseMs = 250;
/** Entries sealed in one transaction: short, so that another process may take over at any time. */
const batch = 500;
/** After trouble, in milliseconds: the database is away, or an entry cannot be sealed. */
const troublePauseMs = 5_000;

/**
 * Seals audit entries soon after they were committed. Every review app has one; they take turns by a lock in the
 * database, so that the death of any leaves no gap and none is in charge.
 */
@Injectable()
export class AuditSealer implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private work: Promise<void> | undefined;
  private isStopping = false;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(LOGGER) private readonly logger: Logger,
    metrics: Metrics,
  ) {
    metrics.gauge({
      name: 'sluice_audit_unsealed',
      help: 'Audit entries that are not in the hash chain yet',
      async collect() {
        this.set((await unsealedAudit(dataSource)).count);
      },
    });
    metrics.gauge({
      name: 'sluice_audit_unsealed_oldest_seconds',
      help: 'Age of the oldest audit entry that is not in the hash chain yet; 0 where all are',
      async collect() {
        this.set((await unsealedAudit(dataSource)).oldestSeconds);
      },
    });
  }

  onApplicationBootstrap(): void {
    this.sealLater(pauseMs);
  }

  /** Lets a batch that has begun end. */
  async onModuleDestroy(): Promise<void> {
    this.isStopping = true;
    clearTimeout(this.timer);
    await this.work;
  }

  private sealLater(afterMs: number): void {
    if (this.isStopping) return;
    this.timer = setTimeout(() => {
      this.work = this.seal();
    }, afterMs);
    this.timer.unref();
  }

  private async seal(): Promise<void> {
    try {
      for (let more = true; more && !this.isStopping;) {
        const round = await sealAudit(this.dataSource, batch);
        more = round.kind === 'sealed' && round.more;
      }
      this.sealLater(pauseMs);
    } catch (error) {
      this.logger.error({ err: error }, 'audit entries were not sealed; trying again');
      this.sealLater(troublePauseMs);
    }
  }
}
