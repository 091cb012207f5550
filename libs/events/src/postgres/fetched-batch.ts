import type PgBoss from 'pg-boss';
import type { Logger } from '#libs/platform';
import { cleanReason } from '../clean-reason.js';
import type { Outcome } from '../event-bus.js';
import type { Database, SqlExecutor } from './database.js';
import { ring } from './doorbell.js';
import type { Queue } from './queues.js';

const firstPauseMs = 100;

/** Events that this consumer holds: renewed while they are handled, then settled one way or the other. */
export class FetchedBatch {
  private open: Set<string>;
  private renewal: NodeJS.Timeout;

  constructor(
    private readonly boss: PgBoss,
    private readonly database: Database,
    private readonly queue: Queue,
    jobIds: string[],
    private readonly leaseSeconds: number,
    private readonly logger: Logger,
  ) {
    this.open = new Set(jobIds);
    this.renewal = setInterval(() => void this.renew(), (leaseSeconds * 1000) / 3).unref();
  }

  /**
   * Writes the outcomes down. Keeps trying for as long as the lease would last; after that the events come again, to
   * this or another consumer, which at-least-once allows.
   *
   * @returns what was written down
   */
  async settle<Settled extends { jobId: string; outcome: Outcome }>(outcomes: Settled[]): Promise<Settled[]> {
    const giveUpAt = Date.now() + this.leaseSeconds * 1000;
    for (let pauseMs = firstPauseMs; ; pauseMs *= 2) {
      const pending = outcomes.filter(({ jobId }) => this.open.has(jobId));
      if (pending.length === 0) return [];
      try {
        await this.write(pending);
        for (const { jobId } of pending) this.open.delete(jobId);
        if (this.open.size === 0) this.letGo();
        return pending;
      } catch (error) {
        if (Date.now() + pauseMs > giveUpAt) {
          this.logger.error(
            { err: error, queue: this.queue.name },
            'outcomes were not stored: the events come again',
          );
          this.letGo();
          return [];
        }
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  }

  /** Puts what is not settled back, for another consumer, at once and without counting a try. */
  async handBack(): Promise<void> {
    const ids = [...this.open];
    this.letGo();
    if (ids.length === 0) return;
    await this.database.transaction(async (within) => {
      await within.executeSql(
        `UPDATE pgboss.job SET state = 'created', started_on = NULL
          WHERE name = $1 AND id = ANY($2::uuid[]) AND state = 'active'`,
        [this.queue.name, ids],
      );
      await ring(this.queue.name, within);
    });
  }

  private letGo(): void {
    clearInterval(this.renewal);
    this.open.clear();
  }

  /** pg-boss 10 has no call for this: its clock for a job runs from started_on. */
  private async renew(): Promise<void> {
    try {
      await this.database.executeSql(
        `UPDATE pgboss.job SET started_on = now() WHERE name = $1 AND id = ANY($2::uuid[]) AND state = 'active'`,
        [this.queue.name, [...this.open]],
      );
    } catch (error) {
      this.logger.warn({ err: error, queue: this.queue.name }, 'leases were not renewed');
    }
  }

  private async write(settled: { jobId: string; outcome: Outcome }[]): Promise<void> {
    const { done, failed } = grouped(settled);
    if (failed.length === 0) return this.writeDone(done, this.database);
    await this.database.transaction(async (within) => {
      await this.writeDone(done, within);
      for (const { jobId, outcome } of failed) await this.writeFailed(jobId, outcome, within);
    });
  }

  /** Done events are deleted, not marked: the queue stays as small as what waits in it, and so do its scans. */
  private async writeDone(jobIds: string[], within: SqlExecutor): Promise<void> {
    if (jobIds.length > 0) await this.boss.deleteJob(this.queue.name, jobIds, { db: within });
  }

  /** pg-boss retries a failed job, or moves it to the dead letters when it has no try left: `dead` takes them away. */
  private async writeFailed(
    jobId: string,
    outcome: Exclude<Outcome, { kind: 'done' }>,
    within: SqlExecutor,
  ): Promise<void> {
    if (outcome.kind === 'dead')
      await within.executeSql(
        `UPDATE pgboss.job SET retry_limit = retry_count WHERE name = $1 AND id = $2 AND state = 'active'`,
        [this.queue.name, jobId],
      );
    await this.boss.fail(this.queue.name, jobId, { reason: cleanReason(outcome.reason) }, { db: within });
  }
}

const grouped = (
  settled: { jobId: string; outcome: Outcome }[],
): { done: string[]; failed: { jobId: string; outcome: Exclude<Outcome, { kind: 'done' }> }[] } => {
  const done: string[] = [];
  const failed: { jobId: string; outcome: Exclude<Outcome, { kind: 'done' }> }[] = [];
  for (const { jobId, outcome } of settled) {
    if (outcome.kind === 'done') done.push(jobId);
    else failed.push({ jobId, outcome });
  }
  return { done, failed };
};
