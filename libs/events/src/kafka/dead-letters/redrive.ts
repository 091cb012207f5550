import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Kafka, Producer } from 'kafkajs';
import type { Logger } from '#libs/platform';
import { BusUnavailable } from '../../errors.js';
import { byTopic, inParts, type TopicRecords } from '../batching.js';
import type { Farewells } from '../farewells.js';
import { keptPartitions } from '../kept-partitions.js';
import type { AllNames } from '../topic-names.js';
import { within } from '../within.js';
import { revived, tombstone } from './letter.js';
import type { Entry, LetterLog } from './letter-log.js';

/** Letters of one transaction: what stands in memory at a time, and what a fenced one has to do again. */
const mostTogether = 100;
const transactionLimitMs = 10_000;
/** All who redrive at the same time get their turn within this. */
const patienceMs = 60_000;
const longestPauseMs = 1_000;
const lookAgainMs = 20;

interface RedriveParts {
  /** for producing */
  asking: Kafka;
  log: LetterLog;
  farewells: Farewells;
  names: AllNames;
  logger: Logger;
}

/**
 * Puts letters back, each to its group's first delay topic, and lays a tombstone over it, in one transaction. All who
 * redrive share a transactional id: whoever begins fences those before, whose open transaction is undone. Only after
 * that the letters are read, so nobody puts back what somebody else has.
 */
export class Redrive {
  /** on the tombstones, so that we know our own when a commit's answer is lost */
  private readonly id = randomUUID();

  constructor(private readonly parts: RedriveParts) {}

  /** @returns how many were put back by us. @throws BusUnavailable; some may have been put back then */
  async run(ids: string[]): Promise<number> {
    let count = 0;
    for (let at = 0; at < ids.length; at += mostTogether)
      count += await this.untilSettled(ids.slice(at, at + mostTogether));
    return count;
  }

  /** Fenced, or without an answer: again, until the log shows that none of these is left to us. */
  private async untilSettled(ids: string[]): Promise<number> {
    const giveUpAt = Date.now() + patienceMs;
    for (let longest = 50; ; longest = Math.min(longestPauseMs, longest * 2)) {
      try {
        return await this.once(ids);
      } catch (error) {
        if (Date.now() > giveUpAt) throw error instanceof BusUnavailable ? error : new BusUnavailable(error);
        this.parts.logger.debug({ err: error }, 'a redrive is tried again: it was fenced, or got no answer');
        await pause(Math.random() * longest);
      }
    }
  }

  private async once(ids: string[]): Promise<number> {
    const { asking, farewells, names } = this.parts;
    const producer = asking.producer({
      transactionalId: names.redriveTransaction,
      idempotent: true,
      allowAutoTopicCreation: false,
      createPartitioner: keptPartitions,
      maxInFlightRequests: 1,
      transactionTimeout: transactionLimitMs,
      retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 5 },
    });
    const attempt = this.transact(producer, ids);
    try {
      return await within(transactionLimitMs, attempt);
    } finally {
      farewells.bid(Promise.resolve(producer), attempt);
    }
  }

  private async transact(producer: Producer, ids: string[]): Promise<number> {
    const { log } = this.parts;
    await producer.connect();
    // from here on nobody before us can commit, and what they committed can be seen
    const transaction = await producer.transaction();
    const found = await log.messages((entries) => redrivable(entries, ids));
    if (found.length > 0) {
      for (const part of inParts(this.recordsOf(found)))
        await transaction.sendBatch({ topicMessages: byTopic(part) });
      await transaction.commit();
      await this.untilSeen(found.map(({ entry }) => entry.id));
    }
    return log.look((_entries, redrivenBy) => ids.filter((id) => redrivenBy.get(this.id)?.has(id)).length);
  }

  /** A commit is answered before it can be read; whoever redrives and looks then should find what was done. */
  private async untilSeen(ids: string[]): Promise<void> {
    const { log } = this.parts;
    while (!(await log.look((_entries, redrivenBy) => ids.every((id) => redrivenBy.get(this.id)?.has(id)))))
      await pause(lookAgainMs);
  }

  private recordsOf(found: Awaited<ReturnType<LetterLog['messages']>>): TopicRecords[] {
    const { names } = this.parts;
    return found.flatMap(({ entry, message }) => [
      { topic: names.delay(entry.topic, entry.group, 0), messages: [revived(message)] },
      { topic: names.deadLetters, messages: [tombstone(entry.id, this.id)] },
    ]);
  }
}

/** One that was cut cannot be what it was. */
const redrivable = (entries: Map<string, Entry>, ids: string[]): Entry[] =>
  [...new Set(ids)].flatMap((id) => {
    const entry = entries.get(id);
    return entry && !entry.isCut ? [entry] : [];
  });
