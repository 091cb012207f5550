import type { ConsumerGroup, consumers, EventOn, Topic } from '#libs/domain';
import type { DeadLetter, DeadLetterFilter } from './dead-letter.js';

/** The topics that a group consumes, by libs/domain's table. */
export type TopicOf<Group extends ConsumerGroup> = (typeof consumers)[Group][number];

/** One event on its way to one consumer group. */
export interface Delivery<T extends Topic = Topic> {
  event: EventOn<T>;
  /** 1 at the first try; also counts tries that ended with the consumer's death */
  attempt: number;
  /** after this one a `retry` makes it a dead letter */
  isLastAttempt: boolean;
  /** when the bus accepted it */
  acceptedAt: Date;
}

/** What became of one delivery. `retry` is for faults of ours, `dead` for events that no retry will mend. */
export type Outcome = { kind: 'done' } | { kind: 'retry'; reason: string } | { kind: 'dead'; reason: string };

/** One outcome per delivery, in the same order. Throwing retries the whole batch. */
export type BatchHandler<T extends Topic> = (batch: Delivery<T>[]) => Promise<Outcome[]>;

export interface SubscribeOptions {
  /** most events in one batch; default 16 */
  batchSize?: number;
  /** batches handled at the same time; default 1 */
  concurrency?: number;
  /** a batch that takes longer is taken away from its handler and retried, in seconds; default 300 */
  handlerLimitSeconds?: number;
  /** a stop waits for handlers this long, and then hands their events back; default 15 */
  stopLimitSeconds?: number;
}

export interface Subscription {
  /** Fetches no more, lets batches in flight end (or hands them back when they take too long), then resolves. */
  stop(): Promise<void>;
}

/** How much waits for a consumer group. */
export interface Backlog {
  waiting: number;
  /** age of the oldest waiting event in seconds; 0 when none waits */
  oldestSeconds: number;
}

/**
 * Events between the apps. At-least-once and in no order: a handler must give the same result when an event comes
 * again. Retries back off exponentially with jitter, and end in the dead letters. An event that breaks its schema goes
 * there before any handler sees it.
 *
 * An abstract class, so that it is its own injection token.
 */
export abstract class EventBus {
  /**
   * Resolves once all events are durably accepted for every group that consumes the topic.
   *
   * @throws BusUnavailable when the bus cannot accept now. Nothing was accepted, or (on Kafka, when the answer was lost)
   *   some: publish them again under the same ids, for consumers take an event twice
   * @throws InvalidEvent when one breaks its schema: a bug of the publisher
   */
  abstract publish<T extends Topic>(topic: T, events: EventOn<T>[]): Promise<void>;

  /** Starts delivering to `handler`. Several subscriptions of one group, in any process, share its events. */
  abstract subscribe<Group extends ConsumerGroup, T extends TopicOf<Group>>(
    topic: T,
    group: Group,
    handler: BatchHandler<T>,
    options?: SubscribeOptions,
  ): Promise<Subscription>;

  abstract backlog(topic: Topic, group: ConsumerGroup): Promise<Backlog>;

  /** Newest first. */
  abstract deadLetters(filter?: DeadLetterFilter): Promise<DeadLetter[]>;

  /** Undefined for one that is unknown or was redriven. */
  abstract deadLetter(id: string): Promise<DeadLetter | undefined>;

  /** Delivers these again, with all attempts before them, to the group that gave them up. Returns how many it were. */
  abstract redrive(ids: string[]): Promise<number>;

  /** Resolves when the bus can accept events; rejects with BusUnavailable. */
  abstract check(): Promise<void>;

  /** Stops all subscriptions as `Subscription.stop` does, then lets go of all connections. */
  abstract close(): Promise<void>;
}
