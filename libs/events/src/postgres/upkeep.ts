import type PgBoss from 'pg-boss';
import type { Logger } from '#libs/platform';

/** Failed copies of dead letters are pg-boss's to throw away; nothing reads them. */
const tidyEveryMs = 10 * 60_000;

/**
 * What a queue needs to stay healthy, run by consumers only: events of dead consumers are freed, leftovers deleted.
 * pg-boss's own supervision does both in one, over the whole table, and not oftener than it archives.
 */
export class Upkeep {
  private readonly timers: NodeJS.Timeout[];
  private readonly running = new Set<Promise<void>>();

  constructor(boss: PgBoss, leaseSeconds: number, logger: Logger) {
    const every = (ms: number, name: string, work: () => Promise<void>): NodeJS.Timeout => {
      let run: Promise<void> | undefined;
      return setInterval(() => {
        if (run) return;
        const started = work()
          .catch((error: unknown) => logger.warn({ err: error }, `upkeep of the queues failed: ${name}`))
          .finally(() => {
            this.running.delete(started);
            run = undefined;
          });
        run = started;
        this.running.add(started);
      }, ms).unref();
    };
    this.timers = [
      every((leaseSeconds * 1000) / 3, 'expire', () => boss.expire()),
      every(tidyEveryMs, 'tidy', () => boss.maintain()),
    ];
  }

  async stop(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    await Promise.all(this.running);
  }
}
