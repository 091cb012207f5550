import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LOGGER, type Logger } from '#libs/platform';
import { QualityUpkeepRepository } from './quality-upkeep.repository.js';

const pauseMs = 60_000;

/** Withdraws looks that nobody will decide, now and then. Every review app does; two at once take different rows. */
@Injectable()
export class QualityUpkeep implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private work: Promise<void> | undefined;
  private isStopping = false;

  constructor(
    private readonly upkeep: QualityUpkeepRepository,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.later();
  }

  /** Lets what has begun end. */
  async onModuleDestroy(): Promise<void> {
    this.isStopping = true;
    clearTimeout(this.timer);
    await this.work;
  }

  private later(): void {
    if (this.isStopping) return;
    this.timer = setTimeout(() => {
      this.work = this.run();
    }, pauseMs);
    this.timer.unref();
  }

  private async run(): Promise<void> {
    try {
      await this.upkeep.withdraw();
    } catch (error) {
      this.logger.warn({ err: error }, 'looks that nobody decides were not withdrawn; trying again');
    }
    this.later();
  }
}
