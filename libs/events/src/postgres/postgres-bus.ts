import PgBoss from 'pg-boss';
import { type ConsumerGroup, type EventOn, type Topic } from '#libs/domain';
import type { Logger } from '#libs/platform';
import { type BusObserver, unobserved } from '../bus-observer.js';
import type { DeadLetter, DeadLetterFilter } from '../dead-letter.js';
import {
  type Backlog,
  type BatchHandler,
  EventBus,
  type SubscribeOptions,
  type Subscription,
  type TopicOf,
} from '../event-bus.js';
import { Database, orUnavailable, type SqlExecutor } from './database.js';
import { DeadLetterStore } from './dead-letter-store.js';
import { defaultDelivery, type DeliveryOptions } from './delivery-options.js';
import { Doorbell } from './doorbell.js';
import { install } from './installation.js';
import { PostgresSubscription, type SubscriptionParts } from './postgres-subscription.js';
import { Publisher } from './publisher.js';
import { queueFor } from './queues.js';
import { Upkeep } from './upkeep.js';

export interface PostgresBusOptions {
  connectionString: string;
  logger: Logger;
  /** most connections for publishing, and as many again for consuming; default 4 */
  connections?: number;
  delivery?: Partial<DeliveryOptions>;
  observer?: BusObserver;
}

/** Whoever runs SQL in a transaction of its own: a TypeORM EntityManager or QueryRunner, or a pg client. */
export interface CallersTransaction {
  query(sql: string, parameters?: unknown[]): Promise<unknown>;
}

/** The bus on Postgres: pg-boss queues, announced by NOTIFY. What one machine needs; Kafka is for more. */
export class PostgresBus extends EventBus {
  private readonly subscriptions = new Set<Subscription>();
  private readonly publisher: Publisher;
  private readonly deadLetterStore: DeadLetterStore;
  private readonly doorbell: Doorbell;
  private upkeep: Upkeep | undefined;
  private closing: Promise<void> | undefined;

  private constructor(
    private readonly parts: SubscriptionParts,
    /** apart from the consumers' connections, whose commits do not wait for the disk */
    private readonly durable: Database,
    connectionString: string,
  ) {
    super();
    this.publisher = new Publisher(parts.boss, durable);
    this.deadLetterStore = new DeadLetterStore(parts.boss, durable);
    this.doorbell = new Doorbell(connectionString, parts.logger);
  }

  /** Connects, and makes the queues that are missing. @throws BusUnavailable */
  static async open(options: PostgresBusOptions): Promise<PostgresBus> {
    const { connectionString, logger, observer = unobserved } = options;
    const delivery = { ...defaultDelivery, ...options.delivery };
    const connections = options.connections ?? 4;
    const onIdleError = (error: Error): void =>
      logger.warn({ err: error }, 'an idle connection of the bus broke');
    const durable = new Database({ connectionString, connections, synchronousCommit: true, onIdleError });
    const database = new Database({ connectionString, connections, synchronousCommit: false, onIdleError });
    const boss = new PgBoss({ db: database, schedule: false, supervise: false, deleteAfterDays: 7 });
    boss.on('error', (error) => logger.warn({ err: error }, 'pg-boss reports an error'));
    try {
      await orUnavailable(() => install(connectionString, boss, database, delivery));
    } catch (error) {
      await Promise.all([database.close(), durable.close()]);
      throw error;
    }
    return new PostgresBus({ boss, database, delivery, observer, logger }, durable, connectionString);
  }

  async publish<T extends Topic>(topic: T, events: EventOn<T>[]): Promise<void> {
    if (events.length === 0) return;
    await this.publisher.publish(topic, events);
  }

  /**
   * Publishes within a transaction of the caller: the events are on the bus exactly if it commits. What fails here
   * has failed the caller's transaction, and is thrown as it is.
   *
   * @throws InvalidEvent
   */
  async publishWithin<T extends Topic>(
    transaction: CallersTransaction,
    topic: T,
    events: EventOn<T>[],
  ): Promise<void> {
    if (events.length === 0) return;
    const within: SqlExecutor = {
      executeSql: async (text, values) => {
        await transaction.query(text, values);
        return { rows: [] };
      },
    };
    await this.publisher.publishWithin(within, topic, events);
  }

  async subscribe<Group extends ConsumerGroup, T extends TopicOf<Group>>(
    topic: T,
    group: Group,
    handler: BatchHandler<T>,
    {
      batchSize = 16,
      concurrency = 1,
      handlerLimitSeconds = 300,
      stopLimitSeconds = 15,
    }: SubscribeOptions = {},
  ): Promise<Subscription> {
    const queue = { ...queueFor(topic, group), topic };
    this.upkeep ??= new Upkeep(this.parts.boss, this.parts.delivery.leaseSeconds, this.parts.logger);
    const subscription = new PostgresSubscription<T>(
      this.parts,
      queue,
      handler,
      { batchSize, concurrency, handlerLimitSeconds, stopLimitSeconds },
      () => {
        stopListening?.();
        this.subscriptions.delete(subscription);
      },
    );
    this.subscriptions.add(subscription);
    const stopListening = await this.doorbell.listen(queue.name, () => subscription.wakeUp.call());
    return subscription;
  }

  /** Index job_i5 (name, start_after) where state < 'active' serves the count; the oldest is its partition's first. */
  async backlog(topic: Topic, group: ConsumerGroup): Promise<Backlog> {
    const [row] = await orUnavailable(() =>
      this.parts.database.rows<{ waiting: number; oldest: number }>(
        `SELECT count(*)::int AS waiting,
                coalesce(extract(epoch FROM now() - min(created_on)), 0)::float8 AS oldest
           FROM pgboss.job WHERE name = $1 AND state < 'active'`,
        [queueFor(topic, group).name],
      ),
    );
    return { waiting: row?.waiting ?? 0, oldestSeconds: row?.oldest ?? 0 };
  }

  deadLetters(filter: DeadLetterFilter = {}): Promise<DeadLetter[]> {
    return orUnavailable(() => this.deadLetterStore.list(filter));
  }

  deadLetter(id: string): Promise<DeadLetter | undefined> {
    return orUnavailable(() => this.deadLetterStore.find(id));
  }

  redrive(ids: string[]): Promise<number> {
    return orUnavailable(() => this.deadLetterStore.redrive(ids));
  }

  async check(): Promise<void> {
    await orUnavailable(() => this.durable.executeSql('SELECT 1'));
  }

  close(): Promise<void> {
    this.closing ??= this.letGo();
    return this.closing;
  }

  private async letGo(): Promise<void> {
    await Promise.all([...this.subscriptions].map((subscription) => subscription.stop()));
    await this.upkeep?.stop();
    await this.doorbell.close();
    await Promise.all([this.parts.database.close(), this.durable.close()]);
  }
}
