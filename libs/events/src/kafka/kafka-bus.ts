import type { Admin, ISocketFactory } from 'kafkajs';
import { type ConsumerGroup, type EventOn, type Topic, topics } from '#libs/domain';
import type { Logger } from '#libs/platform';
import { type BusObserver, unobserved } from '../bus-observer.js';
import type { DeadLetter, DeadLetterFilter } from '../dead-letter.js';
import { BusUnavailable, InvalidEvent } from '../errors.js';
import {
  type Backlog,
  type BatchHandler,
  EventBus,
  type SubscribeOptions,
  type Subscription,
  type TopicOf,
} from '../event-bus.js';
import { readEvent } from '../event-schema.js';
import { AdminConnection } from './admin-connection.js';
import { BacklogGauge } from './backlog.js';
import { type ClientParts, kafkaClient, readCa } from './client.js';
import { KafkaDeadLetters } from './dead-letters/dead-letters.js';
import { Farewells } from './farewells.js';
import { defaultKafkaDelivery, type KafkaDelivery } from './delivery-options.js';
import { readMessage, retryMessage, toMessage } from './message.js';
import { Outage } from './outage.js';
import { KafkaSender } from './sender.js';
import type { KafkaSettings } from './settings.js';
import { startError } from './start-error.js';
import type { SubscriptionParts } from './subscription/ports.js';
import { KafkaSubscription } from './subscription/kafka-subscription.js';
import { type AllNames, subscriptions, topicNames } from './topic-names.js';
import { ensureTopics } from './topics.js';

export interface KafkaBusOptions {
  settings: KafkaSettings;
  logger: Logger;
  delivery?: Partial<KafkaDelivery>;
  observer?: BusObserver;
  /** in tests: what stands between us and the brokers */
  socketFactory?: ISocketFactory;
}

/** A start that takes longer has failed. */
const startLimitMs = 10_000;
/** A probe of ours is asked every few seconds, and has to answer before the next one. */
const checkLimitMs = 2_000;

/** What subscriptions need not know. */
interface OwnParts {
  admin: AdminConnection;
  sender: KafkaSender;
  letters: KafkaDeadLetters;
}

/** The bus on Kafka, for many machines: see docs/adr/0007-bus-on-kafka.md. */
export class KafkaBus extends EventBus {
  private readonly subscriptions = new Set<Subscription>();
  private readonly gauge: BacklogGauge;
  private readonly outage: Outage;
  private closing: Promise<void> | undefined;

  private constructor(
    private readonly parts: SubscriptionParts & { names: AllNames },
    private readonly own: OwnParts,
  ) {
    super();
    this.gauge = new BacklogGauge(own.admin, parts.names);
    this.outage = new Outage(() => this.check(), parts.logger);
  }

  /** Connects, and makes the topics that are missing. @throws KafkaStartError */
  static async open(options: KafkaBusOptions): Promise<KafkaBus> {
    const { settings, logger, observer = unobserved, socketFactory } = options;
    const delivery = { ...defaultKafkaDelivery, ...options.delivery };
    const ca = await readCa(settings);
    const client: ClientParts = { settings, ca, logger, ...(socketFactory ? { socketFactory } : {}) };
    const asking = kafkaClient(client, 'ask');
    const kafka = kafkaClient(client, 'consume');
    const names = topicNames(settings.topicPrefix, delivery.retryDelaysSeconds.length);
    const farewells = new Farewells();
    const sender = new KafkaSender(asking, farewells, logger);
    const admin = new AdminConnection(asking, farewells);
    try {
      const prepare = async (asked: Admin): Promise<void> => {
        await ensureTopics(asked, settings, delivery, logger);
        await sender.connect();
      };
      await admin.ask(prepare, startLimitMs);
    } catch (error) {
      await Promise.all([admin.close(), sender.close()]);
      throw startError(settings, error instanceof BusUnavailable ? error.cause : error);
    }
    const letters = new KafkaDeadLetters({ asking, kafka, admin, sender, farewells, names, logger });
    const parts = {
      kafka,
      names,
      sender,
      deadLetters: letters,
      delivery,
      logger,
      observer,
      readMessage: (topic, message) => readMessage(topic, message, delivery.maxEventBytes),
      retryMessage,
    } satisfies SubscriptionParts;
    return new KafkaBus(parts, { admin, sender, letters });
  }

  /** What subscriptions write goes past the outage: nobody waits for it, and it is tried until it is written. */
  async publish<T extends Topic>(topic: T, events: EventOn<T>[]): Promise<void> {
    if (events.length === 0) return;
    const messages = events.map((event) => this.messageOf(topic, event));
    const records = [{ topic: this.parts.names.main(topic), messages }];
    await this.outage.guard(() => this.own.sender.send(records));
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
    if (this.closing) throw new BusUnavailable(new Error('the bus is closed'));
    requireConsumer(topic, group);
    const subscription = new KafkaSubscription<T>(
      this.parts,
      { topic, group },
      handler,
      { batchSize, concurrency, handlerLimitSeconds, stopLimitSeconds },
      () => this.subscriptions.delete(subscription),
    );
    this.subscriptions.add(subscription);
    await subscription.joined;
    return subscription;
  }

  /** What is in work does not wait, nor what is done behind it. The age is that of the oldest that is not done. */
  async backlog(topic: Topic, group: ConsumerGroup): Promise<Backlog> {
    requireConsumer(topic, group);
    return this.gauge.read(topic, group);
  }

  deadLetters(filter: DeadLetterFilter = {}): Promise<DeadLetter[]> {
    return this.own.letters.list(filter);
  }

  deadLetter(id: string): Promise<DeadLetter | undefined> {
    return this.own.letters.find(id);
  }

  redrive(ids: string[]): Promise<number> {
    return this.own.letters.redrive(ids);
  }

  /** Every partition that events go to must have a leader: a broker that answers may have lost its neighbours. */
  async check(): Promise<void> {
    const names = (Object.keys(topics) as Topic[]).map((topic) => this.parts.names.main(topic));
    await this.own.admin.ask(async (admin) => {
      const { topics: found } = await admin.fetchTopicMetadata({ topics: names });
      const headless = found.find(({ partitions }) => partitions.some(({ leader }) => leader < 0));
      if (headless) throw new Error(`a partition of ${headless.name} has no leader`);
    }, checkLimitMs);
  }

  close(): Promise<void> {
    this.closing ??= this.letGo();
    return this.closing;
  }

  private async letGo(): Promise<void> {
    await Promise.all([...this.subscriptions].map((subscription) => subscription.stop()));
    this.outage.close();
    const { admin, sender, letters } = this.own;
    await Promise.all([sender.close(), letters.close()]);
    await admin.close();
  }

  /** @throws InvalidEvent */
  private messageOf<T extends Topic>(topic: T, event: EventOn<T>): ReturnType<typeof toMessage> {
    const read = readEvent(topic, event);
    if (!read.ok) throw new InvalidEvent(topic, read.detail);
    const message = toMessage(event);
    const { maxEventBytes } = this.parts.delivery;
    if (message.value.length > maxEventBytes)
      throw new InvalidEvent(topic, `it is ${message.value.length} bytes long; ${maxEventBytes} are allowed`);
    return message;
  }
}

/** @throws Error for a group that libs/domain's `consumers` does not list under this topic: a bug */
const requireConsumer = (topic: Topic, group: ConsumerGroup): void => {
  if (!subscriptions.some((each) => each.topic === topic && each.group === group))
    throw new Error(`The group ${group} does not consume ${topic}: add it to libs/domain's consumers`);
};
