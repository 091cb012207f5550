import kafkajs, { type Consumer, type EachBatchPayload, type Kafka } from 'kafkajs';
import { BusUnavailable } from '../../errors.js';
import type { KafkaDelivery } from '../delivery-options.js';
import { within } from '../within.js';
import { assigner } from './assigner.js';

export interface MembershipParts {
  kafka: Kafka;
  groupId: string;
  topics: string[];
  delivery: KafkaDelivery;
  /** what the group is told whenever it is formed anew */
  facts: Parameters<typeof assigner>[0];
}

/** All are told synchronously, and nothing comes after `broke`. */
export interface MembershipEvents {
  /** topic → partitions; before any batch of theirs */
  assigned(given: Record<string, number[]>): void;
  batch(payload: EachBatchPayload): Promise<void>;
  /** up to this offset the partition holds nothing that is a message */
  skipped(topic: string, partition: number, nextOffset: number): void;
  /** all that one fetch brought was handed over */
  roundEnded(): void;
  /** this consumer is of no more use */
  broke(error: unknown): void;
}

export interface Commit {
  topic: string;
  partitions: { partition: number; offset: string; metadata: string }[];
}

/** A commit that takes longer has failed; it may have been written nevertheless. */
const commitLimitMs = 10_000;
const leaveLimitMs = 5_000;

/** One consumer's time in the group, from joining until it leaves or breaks. kafkajs is not asked to mend it. */
export class Membership {
  private readonly consumer: Consumer;
  private commitNow: EachBatchPayload['commitOffsetsIfNecessary'] | undefined;
  /** ids of brokers whose last fetch is being handed over */
  private readonly handingOver = new Set<number>();
  private lastSignAt = performance.now();
  private isJoining = true;
  private isOver = false;
  private wantsRejoin = false;
  private readonly watchdog: NodeJS.Timeout;

  constructor(
    private readonly parts: MembershipParts,
    private readonly events: MembershipEvents,
  ) {
    const { kafka, groupId, delivery, facts } = parts;
    this.consumer = kafka.consumer({
      groupId,
      partitionAssigners: [assigner(facts)],
      sessionTimeout: delivery.sessionTimeoutMs,
      rebalanceTimeout: delivery.sessionTimeoutMs * 2,
      heartbeatInterval: delivery.heartbeatMs,
      maxWaitTimeInMs: delivery.fetchWaitMs,
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 200, maxRetryTime: 1_000, retries: 8, restartOnFailure: never },
    });
    this.listen();
    this.watchdog = setInterval(() => this.lookAfter(), delivery.heartbeatMs).unref();
  }

  /** Never rejects: what goes wrong is told as `broke`. */
  async start(): Promise<void> {
    try {
      await this.consumer.connect();
      await this.consumer.subscribe({ topics: this.parts.topics, fromBeginning: true });
      await this.consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => this.eachBatch(payload),
      });
    } catch (error) {
      this.break(error);
    }
  }

  /** More may come at once, of a fetch that was answered already. */
  get isHandingOver(): boolean {
    return this.handingOver.size > 0;
  }

  /** In the name of the group's present generation. @throws whatever kafkajs throws; nothing is tried again */
  async commit(topics: Commit[]): Promise<void> {
    if (!this.commitNow || this.isOver) throw new BusUnavailable(new Error('the consumer has not joined'));
    // kafkajs's own `consumer.commitOffsets` resolves without a word when the consumer has stopped, and tries again in
    // the name of a generation in which the partitions may be somebody else's
    await within(commitLimitMs, this.commitNow({ topics }));
  }

  /** Has the group formed anew, so that others hear of changed `facts` soon. */
  rejoin(): void {
    this.wantsRejoin = true;
  }

  /** Leaves the group, so that the others get the partitions at once. */
  async leave(): Promise<void> {
    this.end();
    await within(leaveLimitMs, this.consumer.disconnect()).catch(ignore);
  }

  private listen(): void {
    const { consumer } = this;
    const { events } = consumer;
    const seen = (): void => {
      this.lastSignAt = performance.now();
    };
    consumer.on(events.HEARTBEAT, seen);
    consumer.on(events.REBALANCING, () => {
      seen();
      this.isJoining = true;
    });
    consumer.on(events.GROUP_JOIN, ({ payload }) => {
      seen();
      this.isJoining = false;
      this.wantsRejoin = false;
      this.handingOver.clear();
      if (!this.isOver) this.events.assigned(payload.memberAssignment);
    });
    consumer.on(events.FETCH, ({ payload }) => {
      seen();
      this.handingOver.add(payload.nodeId);
    });
    consumer.on(events.FETCH_START, ({ payload }) => {
      this.handingOver.delete(payload.nodeId);
      if (this.isOver) return;
      this.events.roundEnded();
      if (this.wantsRejoin) throw rebalanceWanted();
    });
    consumer.on(events.START_BATCH_PROCESS, ({ payload }) => {
      const { topic, partition, batchSize, lastOffset } = payload;
      if (batchSize === 0 && !this.isOver) this.events.skipped(topic, partition, Number(lastOffset) + 1);
    });
    consumer.on(events.CRASH, ({ payload }) => this.break(payload.error));
  }

  private async eachBatch(payload: EachBatchPayload): Promise<void> {
    if (this.isOver) return;
    this.commitNow = (offsets) => payload.commitOffsetsIfNecessary(offsets);
    await this.events.batch(payload);
  }

  /** A connection that went silent: kafkajs would try again on the same one, for minutes. */
  private lookAfter(): void {
    const { sessionTimeoutMs } = this.parts.delivery;
    const limitMs = this.isJoining ? sessionTimeoutMs * 4 : sessionTimeoutMs * 1.5;
    if (performance.now() - this.lastSignAt > limitMs) this.break(new Error('Kafka is silent'));
  }

  private break(error: unknown): void {
    if (this.isOver) return;
    this.end();
    void this.consumer.disconnect().catch(ignore);
    this.events.broke(error);
  }

  private end(): void {
    this.isOver = true;
    clearInterval(this.watchdog);
  }
}

/** kafkajs has no call for this. It joins again on an error of this type, wherever in its fetch loop that comes from. */
const rebalanceWanted = (): Error =>
  new kafkajs.KafkaJSProtocolError(
    Object.assign(new Error('this consumer wants the group to be formed anew'), {
      type: 'REBALANCE_IN_PROGRESS',
      code: 27,
    }),
  );

const never = (): Promise<boolean> => Promise.resolve(false);
const ignore = (): void => undefined;
