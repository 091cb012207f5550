import { randomUUID } from 'node:crypto';
import type { Consumer, Kafka, KafkaMessage } from 'kafkajs';
import type { Farewells } from '../farewells.js';
import { within } from '../within.js';

/** A walk over a range of offsets. */
interface Walk {
  /** behind the last one that was visited */
  next: bigint;
  end: bigint;
  visit: (message: KafkaMessage, offset: bigint) => void;
  settle: (error?: Error) => void;
}

/**
 * Reads ranges of a topic's only partition, committed messages only. kafkajs reads within consumer groups and knows no
 * other way, so this is a group of its own that commits nothing and ends with it.
 */
export class PartitionReader {
  private readonly consumer: Consumer;
  private walk: Walk | undefined;
  private broken: Error | undefined;

  private constructor(
    kafka: Kafka,
    private readonly farewells: Farewells,
    private readonly topic: string,
  ) {
    this.consumer = kafka.consumer({
      groupId: `${topic}.reader.${randomUUID()}`,
      allowAutoTopicCreation: false,
      maxWaitTimeInMs: 100,
      readUncommitted: false,
      retry: { retries: 3, restartOnFailure: () => Promise.resolve(false) },
    });
  }

  /** What it throws is kafkajs's. */
  static async open(
    kafka: Kafka,
    farewells: Farewells,
    topic: string,
    limitMs: number,
  ): Promise<PartitionReader> {
    const reader = new PartitionReader(kafka, farewells, topic);
    try {
      await within(limitMs, reader.start());
      return reader;
    } catch (error) {
      reader.close();
      throw error;
    }
  }

  /** Visits what lies in [from, end); offsets may be missing there. One walk at a time. */
  async read(from: bigint, end: bigint, visit: Walk['visit'], limitMs: number): Promise<void> {
    if (this.broken) throw this.broken;
    if (from >= end) return;
    const walked = new Promise<void>((resolve, reject) => {
      const settle = (error?: Error): void => {
        this.walk = undefined;
        this.consumer.pause([{ topic: this.topic }]);
        if (error) reject(error);
        else resolve();
      };
      this.walk = { next: from, end, visit, settle };
      this.consumer.seek({ topic: this.topic, partition: 0, offset: String(from) });
      this.consumer.resume([{ topic: this.topic }]);
    });
    await within(limitMs, walked);
  }

  /** Waits for nobody. */
  close(): void {
    this.fail(new Error('the reader is closed'));
    this.farewells.bid(Promise.resolve(this.consumer));
  }

  private async start(): Promise<void> {
    const { consumer, topic } = this;
    consumer.on(consumer.events.CRASH, ({ payload }) => this.fail(payload.error));
    consumer.on(consumer.events.STOP, () => this.fail(new Error('the reader stopped')));
    // control records of transactions never reach eachBatch, but the walk has to get past them
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => this.passed(BigInt(payload.lastOffset)));
    const joined = new Promise<void>((resolve) => consumer.on(consumer.events.GROUP_JOIN, () => resolve()));
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: ({ batch }) => {
        this.visit(batch.messages);
        return Promise.resolve();
      },
    });
    await joined;
    if (!this.walk) consumer.pause([{ topic }]);
  }

  private visit(messages: KafkaMessage[]): void {
    for (const message of messages) {
      const { walk } = this;
      const offset = BigInt(message.offset);
      // a fetch that was on its way while the place was moved shows what lies elsewhere
      if (!walk || offset < walk.next || offset >= walk.end) continue;
      walk.visit(message, offset);
      walk.next = offset + 1n;
    }
  }

  private passed(lastOffset: bigint): void {
    const { walk } = this;
    if (walk && lastOffset + 1n >= walk.end) walk.settle();
  }

  private fail(error: Error): void {
    this.broken ??= error;
    this.walk?.settle(error);
  }
}
