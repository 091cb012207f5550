import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import pLimit from 'p-limit';
import { LOGGER, type Logger } from '#libs/platform';
import { CONFIG, type ReviewConfig } from '../review-config.js';
import { GoldenMixingRepository } from './golden-mixing.repository.js';

/** Preparations that wait in this process; past it they are left out: people's claims go first. */
const waitingAtMost = 20;

/**
 * Mixes golden cases among the cases that people claim. For each case that somebody claims chance decides whether one is
 * put into the queue for them; that happens once the claim is answered, so that none takes longer for it. What they claim
 * next then is an ordinary claim.
 */
@Injectable()
export class GoldenMixerService implements OnModuleDestroy {
  private readonly oneByOne = pLimit(1);
  private readonly preparing = new Set<Promise<void>>();

  constructor(
    private readonly mixing: GoldenMixingRepository,
    @Inject(CONFIG) private readonly config: Pick<ReviewConfig, 'goldenRate'>,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Lets what has begun end. */
  async onModuleDestroy(): Promise<void> {
    this.oneByOne.clearQueue();
    await Promise.race([this.settled(), this.oneByOne(() => Promise.resolve())]);
  }

  /** Resolves once nothing is being prepared. */
  async settled(): Promise<void> {
    while (this.preparing.size > 0) await Promise.all(this.preparing);
  }

  /** Returns at once. */
  claimed(moderator: { id: string }, cases: { queue: string }[]): void {
    for (const { queue } of cases)
      if (Math.random() < this.config.goldenRate && this.preparing.size < waitingAtMost)
        this.prepare(moderator.id, queue);
  }

  private prepare(moderatorId: string, queue: string): void {
    const prepared = this.oneByOne(() => this.mixing.prepare({ moderatorId, queue }, Math.random())).then(
      () => undefined,
      // Nobody waits for it, and the next claim draws again.
      (error: unknown) => this.logger.warn({ err: error }, 'a golden case was not prepared'),
    );
    this.preparing.add(prepared);
    void prepared.finally(() => this.preparing.delete(prepared));
  }
}
