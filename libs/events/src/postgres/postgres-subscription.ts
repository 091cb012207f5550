import type PgBoss from 'pg-boss';
import type { EventOn, Topic } from '#libs/domain';
import type { Logger } from '#libs/platform';
import type { BusObserver } from '../bus-observer.js';
import type { BatchHandler, Delivery, Outcome, SubscribeOptions, Subscription } from '../event-bus.js';
import { readEvent } from '../event-schema.js';
import { dead, retry } from '../outcomes.js';
import type { Database, SqlExecutor } from './database.js';
import { FetchedBatch } from './fetched-batch.js';
import type { DeliveryOptions } from './delivery-options.js';
import type { Queue } from './queues.js';
import { WakeUp } from '../wake-up.js';

/** What all subscriptions of one bus share. */
export interface SubscriptionParts {
  boss: PgBoss;
  database: Database;
  delivery: DeliveryOptions;
  observer: BusObserver;
  logger: Logger;
}

/** What became of one job. */
interface Settled {
  jobId: string;
  outcome: Outcome;
  /** a retry of it ends in the dead letters */
  isLastAttempt: boolean;
}

/**
 * Fetches batches and hands them to a handler, in as many loops as batches may be handled at once. pg-boss's own
 * `work()` is not used: it fetches once per polling interval, which bounds it to about 100 events a second.
 */
export class PostgresSubscription<T extends Topic> implements Subscription {
  readonly wakeUp = new WakeUp();
  private stopping: Promise<void> | undefined;
  private readonly inFlight = new Set<FetchedBatch>();
  private readonly loops: Promise<void>[];

  constructor(
    private readonly parts: SubscriptionParts,
    private readonly queue: Queue & { topic: T },
    private readonly handler: BatchHandler<T>,
    private readonly options: Required<SubscribeOptions>,
    private readonly onStopped: () => void,
  ) {
    this.loops = Array.from({ length: options.concurrency }, () => this.run());
  }

  stop(): Promise<void> {
    this.stopping ??= this.windDown();
    return this.stopping;
  }

  private async windDown(): Promise<void> {
    this.wakeUp.call();
    const handlersEnded = await endsWithin(Promise.all(this.loops), this.options.stopLimitSeconds * 1000);
    if (!handlersEnded) {
      this.parts.logger.warn(
        { queue: this.queue.name },
        'handlers did not end: their events are handed back',
      );
      await Promise.allSettled([...this.inFlight].map((batch) => batch.handBack()));
    }
    this.onStopped();
  }

  private async run(): Promise<void> {
    // so that the constructor has returned, and `stop` can be seen, before the first fetch
    await Promise.resolve();
    while (!this.stopping) {
      const asOf = this.wakeUp.now();
      const jobs = await this.fetch();
      if (jobs.length > 0) await this.work(jobs);
      else if (!this.stopping) await this.wakeUp.sleep(asOf, this.parts.delivery.pollMs);
    }
  }

  /** Empty also when the database is out of reach: the next poll tries again. */
  private async fetch(): Promise<PgBoss.JobWithMetadata<unknown>[]> {
    const { boss, database, logger } = this.parts;
    let failure: unknown;
    // pg-boss swallows errors of a fetch, so they are caught on their way
    const watched: SqlExecutor = {
      executeSql: (text, values) =>
        database.executeSql(text, values).catch((error: unknown) => {
          failure = error;
          throw error;
        }),
    };
    const jobs = await boss.fetch<unknown>(this.queue.name, {
      batchSize: this.options.batchSize,
      includeMetadata: true,
      priority: false,
      db: watched,
    });
    if (failure) logger.warn({ err: failure, queue: this.queue.name }, 'events were not fetched');
    return jobs;
  }

  private async work(jobs: PgBoss.JobWithMetadata<unknown>[]): Promise<void> {
    const { boss, database, delivery, logger } = this.parts;
    const ids = jobs.map(({ id }) => id);
    const batch = new FetchedBatch(boss, database, this.queue, ids, delivery.leaseSeconds, logger);
    this.inFlight.add(batch);
    try {
      const { readable, poison } = this.sort(jobs);
      if (poison.length > 0) this.report(await batch.settle(poison));
      if (readable.length > 0) this.report(await batch.settle(await this.handle(readable)));
    } finally {
      this.inFlight.delete(batch);
    }
  }

  private report(settled: Settled[]): void {
    const { topic, group } = this.queue;
    for (const { outcome, isLastAttempt } of settled) {
      const kind = outcome.kind === 'retry' && isLastAttempt ? 'dead' : outcome.kind;
      this.parts.observer.settled(topic, group, kind);
    }
  }

  private sort(jobs: PgBoss.JobWithMetadata<unknown>[]): {
    readable: { jobId: string; delivery: Delivery<T> }[];
    poison: Settled[];
  } {
    const readable: { jobId: string; delivery: Delivery<T> }[] = [];
    const poison: Settled[] = [];
    for (const job of jobs) {
      const jobId = job.id;
      const event = readEvent(this.queue.topic, job.data);
      if (event.ok) readable.push({ jobId, delivery: toDelivery(event.value, job) });
      else poison.push({ jobId, outcome: dead(`breaks its schema: ${event.detail}`), isLastAttempt: false });
    }
    return { readable, poison };
  }

  private async handle(readable: { jobId: string; delivery: Delivery<T> }[]): Promise<Settled[]> {
    const outcomes = await this.outcomesOf(readable.map(({ delivery }) => delivery));
    return readable.map(({ jobId, delivery }, at) => ({
      jobId,
      outcome: outcomes[at] ?? retry('the handler gave no outcome for it'),
      isLastAttempt: delivery.isLastAttempt,
    }));
  }

  private async outcomesOf(deliveries: Delivery<T>[]): Promise<Outcome[]> {
    const limitSeconds = this.options.handlerLimitSeconds;
    try {
      const handled = this.handler(deliveries);
      if (await endsWithin(handled, limitSeconds * 1000)) return await handled;
      throw new Error(`the handler took longer than ${limitSeconds} s`);
    } catch (error) {
      this.parts.logger.error({ err: error, queue: this.queue.name }, 'a batch failed: it is retried');
      return deliveries.map(() => retry(error instanceof Error ? error.message : String(error)));
    }
  }
}

const toDelivery = <T extends Topic>(
  event: EventOn<T>,
  { retryCount, retryLimit, createdOn }: PgBoss.JobWithMetadata<unknown>,
): Delivery<T> => ({
  event,
  attempt: retryCount + 1,
  isLastAttempt: retryCount >= retryLimit,
  acceptedAt: createdOn,
});

/** False when the time is up first. A rejection within the time is thrown; one after it is nobody's business. */
const endsWithin = async (work: Promise<unknown>, ms: number): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms).unref();
  });
  try {
    return await Promise.race([work.then(() => true as const), late]);
  } finally {
    clearTimeout(timer);
  }
};
