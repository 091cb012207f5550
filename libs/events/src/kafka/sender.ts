import type { Kafka, Producer } from 'kafkajs';
import type { Logger } from '#libs/platform';
import { BusUnavailable } from '../errors.js';
import {
  byTopic,
  bytesOf,
  countOf,
  inParts,
  mostBytes,
  mostMessages,
  type TopicRecords,
} from './batching.js';
import type { Farewells } from './farewells.js';
import { keptPartitions } from './kept-partitions.js';
import type { MessageSender } from './subscription/ports.js';
import { TimeUp, within } from './within.js';

/** One sender's messages, waiting for a request or being in one. */
interface Waiting {
  records: TopicRecords[];
  bytes: number;
  /** as `performance.now()` counts */
  deadline: number;
  settle: (error?: unknown) => void;
  isSettled: boolean;
}

/** Of all that waits: a broker that is away must not fill our memory. */
const mostWaitingBytes = 64 * 1_048_576;
const defaultLimitMs = 5_000;

/**
 * Idempotent, and acknowledged by all replicas in sync. Messages that come while a request is on its way share the next
 * one; an idle sender delays nothing.
 *
 * kafkajs gives a batch's sequence numbers back when its request fails, although the broker may have written it. Another
 * batch under the same numbers would be dropped as a repetition, and acknowledged. So a producer that failed once is
 * never used again: its successor has a producer id, and numbers, of its own. Messages may come twice, but none is lost.
 */
export class KafkaSender implements MessageSender {
  private waiting: Waiting[] = [];
  private waitingBytes = 0;
  private producer: Promise<Producer> | undefined;
  private sending: Promise<void> | undefined;
  private isClosed = false;

  constructor(
    private readonly kafka: Kafka,
    private readonly farewells: Farewells,
    private readonly logger: Logger,
    private readonly limitMs = defaultLimitMs,
  ) {}

  /** Connects before the first message, so that what is wrong shows at the start. Throws what kafkajs throws. */
  async connect(): Promise<void> {
    await this.connected();
  }

  /**
   * Resolves when all is written to all replicas in sync.
   *
   * @throws BusUnavailable at the latest after the time limit; then a part may have been accepted
   */
  async send(records: TopicRecords[]): Promise<void> {
    if (countOf(records) === 0) return;
    const parts = inParts(records);
    if (parts.length === 1) return this.enqueue(parts[0]!);
    await Promise.all(parts.map((part) => this.enqueue(part)));
  }

  /** Sends what waits, as long as its time lasts, and takes no more. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.sending;
    const { producer } = this;
    this.producer = undefined;
    if (producer) this.farewells.bid(producer);
  }

  private enqueue(records: TopicRecords[]): Promise<void> {
    const bytes = bytesOf(records);
    if (this.isClosed) return Promise.reject(new BusUnavailable(new Error('the bus is closed')));
    if (this.waitingBytes + bytes > mostWaitingBytes)
      return Promise.reject(new BusUnavailable(new Error('too much waits to be sent already')));
    return new Promise((resolve, reject) => {
      const settle = (error?: unknown): void => {
        if (each.isSettled) return;
        each.isSettled = true;
        clearTimeout(timer);
        this.waitingBytes -= bytes;
        if (error === undefined) resolve();
        else reject(new BusUnavailable(error));
      };
      const deadline = performance.now() + this.limitMs;
      const each: Waiting = { records, bytes, deadline, settle, isSettled: false };
      const timer = setTimeout(() => settle(new TimeUp(this.limitMs)), this.limitMs);
      this.waitingBytes += bytes;
      this.waiting.push(each);
      this.sending ??= this.sendAll();
    });
  }

  /** One request after the other until nothing waits. Never rejects. */
  private async sendAll(): Promise<void> {
    // so that messages of the same turn of the event loop share the first request
    await Promise.resolve();
    for (;;) {
      const together = this.takeTogether();
      if (together.length === 0) break;
      await this.request(together);
    }
    this.sending = undefined;
  }

  private takeTogether(): Waiting[] {
    this.waiting = this.waiting.filter(({ isSettled }) => !isSettled);
    let bytes = 0;
    let messages = 0;
    const fits = this.waiting.findIndex((each) => {
      bytes += each.bytes;
      messages += countOf(each.records);
      return bytes > mostBytes || messages > mostMessages;
    });
    return this.waiting.splice(0, fits < 0 ? this.waiting.length : Math.max(1, fits));
  }

  private async request(together: Waiting[]): Promise<void> {
    const deadline = Math.max(...together.map((each) => each.deadline));
    const used = this.connected();
    const sent = used.then((producer) =>
      producer.sendBatch({ acks: -1, topicMessages: byTopic(together.flatMap(({ records }) => records)) }),
    );
    try {
      await within(deadline - performance.now(), sent);
      for (const { settle } of together) settle();
    } catch (error) {
      this.retire(used, sent);
      // what a broker refuses for its own sake is not the others' fault
      if (isRefused(error) && together.length > 1) for (const each of together) await this.request([each]);
      else for (const { settle } of together) settle(error);
    }
  }

  private connected(): Promise<Producer> {
    this.producer ??= this.open();
    return this.producer;
  }

  private async open(): Promise<Producer> {
    const producer = this.kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      createPartitioner: keptPartitions,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5 },
    });
    try {
      await producer.connect();
      return producer;
    } catch (error) {
      this.farewells.bid(Promise.resolve(producer));
      throw error;
    }
  }

  /** kafkajs may go on trying for a while; it is disconnected when that has ended. */
  private retire(used: Promise<Producer>, sent: Promise<unknown>): void {
    if (this.producer === used) this.producer = undefined;
    this.logger.debug('a producer is given up, since the outcome of its last request is unknown');
    this.farewells.bid(used, sent);
  }
}

/** The broker has read the request and will not have it, however often it is sent. */
const isRefused = (error: unknown): boolean => {
  const { type } = causeOf(error) as { type?: string };
  return type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE' || type === 'INVALID_RECORD';
};

const causeOf = (error: unknown): object => {
  const { cause } = error as { cause?: unknown };
  return cause instanceof Error ? cause : (error as object);
};
