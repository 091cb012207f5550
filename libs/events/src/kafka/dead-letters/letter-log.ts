import type { Kafka, KafkaMessage } from 'kafkajs';
import { BusUnavailable } from '../../errors.js';
import type { AdminConnection } from '../admin-connection.js';
import type { Farewells } from '../farewells.js';
import { factsOf, type LetterFacts, redriveOf } from './letter.js';
import { PartitionReader } from './partition-reader.js';

/** A letter that nobody has redriven, and where it lies. */
export interface Entry extends LetterFacts {
  offset: bigint;
}

/** The first look may have to read a year's letters. */
const readLimitMs = 60_000;
const askLimitMs = 5_000;
/** After its last use the reader stays for so long: who looks once mostly looks again, and joining a group takes time. */
const idleMs = 10_000;
/** Messages that are kept while the log is read, the newest: mostly just those that are asked for. */
const keptBytes = 16 * 1_048_576;

/** What one reader has seen so far. */
class Seen {
  readonly entries = new Map<string, Entry>();
  /** letters that were redriven, by the redrive that did it */
  readonly redrivenBy = new Map<string, Set<string>>();
  next: bigint | undefined;
  private readonly kept = new Map<bigint, KafkaMessage>();
  private bytes = 0;

  take(message: KafkaMessage, offset: bigint): void {
    const id = message.key?.toString();
    if (id === undefined) return;
    if (message.value === null) return this.bury(id, redriveOf(message));
    const facts = factsOf(message);
    if (!facts) return;
    this.entries.set(id, { ...facts, offset });
    this.keep(message, offset);
  }

  messageAt(offset: bigint): KafkaMessage | undefined {
    return this.kept.get(offset);
  }

  private bury(id: string, redrive: string | undefined): void {
    this.entries.delete(id);
    if (redrive === undefined) return;
    const ids = this.redrivenBy.get(redrive) ?? new Set();
    this.redrivenBy.set(redrive, ids.add(id));
  }

  private keep(message: KafkaMessage, offset: bigint): void {
    this.kept.set(offset, message);
    this.bytes += message.value?.length ?? 0;
    for (const [oldest, { value }] of this.kept) {
      if (this.bytes <= keptBytes) return;
      this.kept.delete(oldest);
      this.bytes -= value?.length ?? 0;
    }
  }
}

/**
 * The dead letters as they lie on their topic: the last message under each id counts, and a tombstone ends it. There is
 * no index on Kafka, so the first look reads the topic from its beginning; those that follow soon read only what is new.
 */
export class LetterLog {
  private reader: PartitionReader | undefined;
  private seen = new Seen();
  private idle: NodeJS.Timeout | undefined;
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly kafka: Kafka,
    private readonly admin: AdminConnection,
    private readonly farewells: Farewells,
    private readonly topic: string,
  ) {}

  /**
   * Shows `look` all letters that lie there now; it may ask for their messages (by `read`, in the order of `entries`).
   *
   * @throws BusUnavailable, and what `look` throws
   */
  async look<T>(
    look: (entries: Map<string, Entry>, redrivenBy: Seen['redrivenBy']) => T | Promise<T>,
  ): Promise<T> {
    return this.inTurn(async () => {
      await this.refresh();
      return look(this.seen.entries, this.seen.redrivenBy);
    });
  }

  /** As `look`, with the messages of those that are picked; without those that have vanished meanwhile. */
  async messages(
    pick: (entries: Map<string, Entry>) => Entry[],
  ): Promise<{ entry: Entry; message: KafkaMessage }[]> {
    return this.inTurn(async () => {
      await this.refresh();
      return this.load(pick(this.seen.entries));
    });
  }

  close(): void {
    clearTimeout(this.idle);
    this.reader?.close();
    this.reader = undefined;
    this.seen = new Seen();
  }

  /** One after the other: a reader can be at one place only. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.last.then(async () => {
      clearTimeout(this.idle);
      try {
        return await work();
      } catch (error) {
        this.close();
        throw error instanceof BusUnavailable ? error : new BusUnavailable(error);
      } finally {
        this.idle = setTimeout(() => this.close(), idleMs).unref();
      }
    });
    this.last = mine.catch(() => undefined);
    return mine;
  }

  private async refresh(): Promise<void> {
    const offsets = await this.admin.ask((admin) => admin.fetchTopicOffsets(this.topic), askLimitMs);
    const low = BigInt(offsets[0]?.low ?? 0);
    const end = BigInt(offsets[0]?.high ?? 0);
    const from = this.seen.next === undefined || this.seen.next < low ? low : this.seen.next;
    if (from >= end) return;
    const reader = await this.opened();
    await reader.read(from, end, (message, offset) => this.seen.take(message, offset), readLimitMs);
    this.seen.next = end;
  }

  private async load(picked: Entry[]): Promise<{ entry: Entry; message: KafkaMessage }[]> {
    const found = new Map<bigint, KafkaMessage>();
    const missing = new Set<bigint>();
    for (const { offset } of picked) {
      const kept = this.seen.messageAt(offset);
      if (kept) found.set(offset, kept);
      else missing.add(offset);
    }
    if (missing.size > 0) {
      const sorted = [...missing].sort((a, b) => (a < b ? -1 : 1));
      const reader = await this.opened();
      const take = (message: KafkaMessage, offset: bigint): void => {
        if (missing.has(offset)) found.set(offset, message);
      };
      await reader.read(sorted[0]!, sorted.at(-1)! + 1n, take, readLimitMs);
    }
    return picked.flatMap((entry) => {
      const message = found.get(entry.offset);
      return message ? [{ entry, message }] : [];
    });
  }

  private async opened(): Promise<PartitionReader> {
    this.reader ??= await PartitionReader.open(this.kafka, this.farewells, this.topic, readLimitMs);
    return this.reader;
  }
}
