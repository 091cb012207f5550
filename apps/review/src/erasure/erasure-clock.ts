import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LOGGER, type Logger } from '#libs/platform';
import { PictureRemover } from './picture-remover.js';
import { RetentionService } from './retention.service.js';

/** Bytes that could not go at once are looked for this often, in milliseconds. */
const picturesEveryMs = 60_000;
/** Retention is counted in days. */
const retentionEveryMs = 60 * 60_000;

/** Does what is due for erasure by itself. Every review app has one; locks in the database let one work at a time. */
@Injectable()
export class ErasureClock implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly running = new Map<string, Promise<void>>();

  constructor(
    private readonly pictures: PictureRemover,
    private readonly retention: RetentionService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.every(picturesEveryMs, 'the bytes of erased pictures', () => this.pictures.removeDue());
    this.every(retentionEveryMs, 'references past their retention', () => this.retention.eraseReferences());
    this.every(retentionEveryMs, 'embeddings past their retention', () => this.retention.eraseEmbeddings());
  }

  /** Lets what has begun end. */
  async onModuleDestroy(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    await Promise.all(this.running.values());
  }

  private every(ms: number, what: string, work: () => Promise<number>): void {
    const run = async (): Promise<void> => {
      try {
        const count = await work();
        if (count > 0) this.logger.info({ count }, `erased ${what}`);
      } catch (error) {
        this.logger.warn({ err: error }, `could not erase ${what}; trying again`);
      } finally {
        this.running.delete(what);
      }
    };
    const timer = setInterval(() => {
      if (!this.running.has(what)) this.running.set(what, run());
    }, ms);
    timer.unref();
    this.timers.push(timer);
  }
}
