import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConsumerGroup, Topic } from '#libs/domain';
import type { BatchHandler, SubscribeOptions, Subscription } from '../../event-bus.js';
import { WakeUp } from '../../wake-up.js';
import { AdminConnection } from '../admin-connection.js';
import { within } from '../within.js';
import { Arrivals } from './arrivals.js';
import { breakageOf } from './breakage.js';
import { Committer } from './committer.js';
import { Intake } from './intake.js';
import { Lane } from './lane.js';
import { decodeNote } from './marks.js';
import { Membership } from './membership.js';
import { Partitions } from './partitions.js';
import type { SubscriptionParts } from './ports.js';
import { Settlement } from './settlement.js';
import type { TakenMessage } from './taken-message.js';

/** Handlers that end by themselves within this need nobody to take over the rest of their partitions. */
const handOverAfterMs = 1_000;
const askLimitMs = 5_000;
const lastCommitLimitMs = 3_000;
const pauseMs = 200;
/** a lane without work looks by itself after so long */
const longestSleepMs = 1_000;

/**
 * One consumer of a pair's main topic and its delay topics. Messages go from the fetch loop (Arrivals) into the Intake,
 * from there in batches through lanes to the handler, and their fates into the Settlement; the Committer writes down how
 * far that is. See docs/adr/0007-bus-on-kafka.md.
 */
export class KafkaSubscription<T extends Topic> implements Subscription {
  /** Resolves once it takes part, or after a while when it cannot: then it goes on trying. Never rejects. */
  readonly joined: Promise<void>;
  private readonly wakeUp = new WakeUp();
  private readonly owner = randomUUID().slice(0, 8);
  private readonly partitions = new Partitions(this.owner);
  private readonly intake: Intake<TakenMessage<T>>;
  private readonly arrivals: Arrivals<T>;
  private readonly settlement: Settlement<T>;
  private readonly committer: Committer;
  private readonly lanes: Lane<T>[];
  private readonly admin: AdminConnection;
  private membership: Membership;
  private stopping: Promise<void> | undefined;
  private isStopped = false;
  private isCatchingUp = false;
  /** counts assignments, so that an answer about an earlier one is not taken for the present one's */
  private assignments = 0;
  /** consumers that broke since one was given partitions */
  private breaksInARow = 0;

  constructor(
    private readonly parts: SubscriptionParts,
    private readonly pair: { topic: T; group: ConsumerGroup },
    handler: BatchHandler<T>,
    private readonly options: Required<SubscribeOptions>,
    private readonly onStopped: () => void,
  ) {
    const { wakeUp, partitions } = this;
    const { batchSize, concurrency } = options;
    this.intake = new Intake({
      batchSize,
      mostMessages: parts.delivery.batchesAhead * batchSize * concurrency,
      mostBytes: parts.delivery.bytesAhead,
    });
    const takesMore = (): boolean => !this.stopping;
    this.arrivals = new Arrivals({
      parts,
      topic: pair.topic,
      partitions,
      intake: this.intake,
      wakeUp,
      takesMore,
    });
    this.settlement = new Settlement(parts, pair);
    this.committer = new Committer(partitions, this.owner, (topics) => this.membership.commit(topics));
    this.admin = new AdminConnection(parts.kafka);
    this.membership = this.join();
    this.joined = this.firstAssignment();
    this.lanes = Array.from(
      { length: concurrency },
      () =>
        new Lane({
          parts,
          pair,
          handler,
          limitSeconds: options.handlerLimitSeconds,
          settlement: this.settlement,
          committer: this.committer,
          wakeUp,
          takesMore,
          batchSize,
          next: (mostBatches) => this.nextMessages(mostBatches),
          onIdle: () => this.catchUp(),
          lookAgainMs: () =>
            this.intake.waitsSince === undefined ? longestSleepMs : parts.delivery.lingerMs,
        }),
    );
  }

  stop(): Promise<void> {
    this.stopping ??= this.windDown();
    return this.stopping;
  }

  private join(): Membership {
    const { parts, pair } = this;
    const { topic, group } = pair;
    const delays = parts.delivery.retryDelaysSeconds.map((_, step) => parts.names.delay(topic, group, step));
    const membership = new Membership(
      {
        kafka: parts.kafka,
        groupId: parts.names.group(topic, group),
        topics: [parts.names.main(topic), ...delays],
        delivery: parts.delivery,
        facts: () => ({
          isLeaving: this.stopping !== undefined,
          working: this.partitions.ids(({ tracker }) => tracker.isWorking),
          owned: this.partitions.ids(),
        }),
      },
      {
        assigned: (given) => this.assigned(given),
        batch: (payload) => this.arrivals.receive(payload),
        skipped: (name, id, next) => this.partitions.find(name, id)?.skipTo(next),
        roundEnded: () => this.wakeUp.call(),
        broke: (error) => this.broke(error),
      },
    );
    void membership.start();
    return membership;
  }

  private broke(error: unknown): void {
    if (this.isStopped) return;
    this.breaksInARow += 1;
    const { level, message } = breakageOf(error, this.breaksInARow);
    this.parts.logger[level]({ ...(level === 'warn' && { err: error }), ...this.pair }, message);
    setTimeout(() => {
      if (!this.isStopped) this.membership = this.join();
    }, this.parts.delivery.restartPauseMs);
  }

  private assigned(given: Record<string, number[]>): void {
    this.assignments += 1;
    this.breaksInARow = 0;
    this.partitions.assign(given);
    this.dropLost();
    void this.learn(this.assignments, Object.keys(given));
  }

  /** Reads what was committed, until it is known or the group was formed anew. */
  private async learn(assignment: number, topics: string[]): Promise<void> {
    const groupId = this.parts.names.group(this.pair.topic, this.pair.group);
    const isOutdated = (): boolean => this.isStopped || assignment !== this.assignments;
    while (!isOutdated()) {
      try {
        const found = await this.admin.ask((admin) => admin.fetchOffsets({ groupId, topics }), askLimitMs);
        if (isOutdated()) return;
        for (const { topic, partitions } of found)
          for (const { partition, offset, metadata } of partitions) {
            const note = decodeNote(Number(offset), metadata);
            this.partitions.learn({ topic, partition, offset: Number(offset), note });
          }
        this.dropLost();
        this.wakeUp.call();
        return;
      } catch (error) {
        this.parts.logger.warn({ err: error, ...this.pair }, 'what was committed could not be read');
        await delay(pauseMs, undefined, { ref: false });
      }
    }
  }

  private dropLost(): void {
    this.intake.drop(({ partition }) => partition.isLost);
    this.wakeUp.call();
  }

  private nextMessages(mostBatches: number): TakenMessage<T>[] {
    const inWork = this.lanes.flatMap(({ messages }) => messages);
    const isQuarantined = inWork.some(({ deaths }) => deaths > 1);
    if (isQuarantined) return [];
    const { lingerMs } = this.parts.delivery;
    const isFresh = performance.now() - (this.intake.waitsSince ?? 0) < lingerMs;
    return this.intake.take({
      isMoreComing: isFresh || this.membership.isHandingOver,
      isIdle: inWork.length === 0,
      mostBatches,
    });
  }

  /** Commits what no next batch's commit takes along. */
  private catchUp(): void {
    if (this.isCatchingUp || !this.committer.isBehind) return;
    this.isCatchingUp = true;
    void (async () => {
      while (!this.isStopped && this.committer.isBehind)
        await this.committer.commit().catch(() => delay(pauseMs, undefined, { ref: false }));
      this.isCatchingUp = false;
    })();
  }

  private async firstAssignment(): Promise<void> {
    const { sessionTimeoutMs } = this.parts.delivery;
    const end = performance.now() + 2 * sessionTimeoutMs;
    while (!this.stopping && performance.now() < end) {
      const asOf = this.wakeUp.now();
      if (this.assignments > 0 && [...this.partitions].every(({ isReady }) => isReady)) return;
      await this.wakeUp.sleep(asOf, pauseMs);
    }
  }

  private async windDown(): Promise<void> {
    // so that `stopping` is set before anything looks at it
    await Promise.resolve();
    this.wakeUp.call();
    const ended = Promise.all(this.lanes.map((lane) => lane.ended));
    const limitMs = this.options.stopLimitSeconds * 1000;
    const soonMs = Math.min(limitMs, handOverAfterMs);
    if (!(await endsWithin(ended, soonMs))) {
      const handedOver = limitMs > soonMs ? this.handOver() : undefined;
      if (!(await endsWithin(ended, limitMs - soonMs))) this.handBack();
      // what is on its way through a delay topic must be known to be there, or it would come twice
      if (handedOver) await endsWithin(handedOver, lastCommitLimitMs);
    }
    await within(lastCommitLimitMs, this.committer.commit()).catch((error: unknown) =>
      this.parts.logger.warn({ err: error, ...this.pair }, 'the last commit failed: some events come again'),
    );
    this.isStopped = true;
    for (const partition of this.partitions) partition.isLost = true;
    await this.membership.leave();
    await this.admin.close();
    this.onStopped();
  }

  /**
   * Others take over while handlers here still work: all partitions without work at once; of the others, what waits here
   * goes on through the first delay topic.
   */
  private async handOver(): Promise<void> {
    this.membership.rejoin();
    const waiting = this.intake.drop(() => true);
    const passable = waiting.flatMap((message) => {
      const { received, partition, deaths } = message;
      if (!received.ok || !partition.tracker.isWorking) return [];
      const { attempt, notBefore } = received.value;
      return [{ message, attempt: attempt + deaths, notBefore }];
    });
    await this.settlement.passOn(passable);
    this.catchUp();
  }

  /** Their tries do not count, and what the handlers say later counts for nothing. */
  private handBack(): void {
    const messages = this.lanes.flatMap((lane) => lane.messages);
    this.parts.logger.warn(
      { ...this.pair, events: messages.length },
      'handlers did not end: their events are handed back',
    );
    for (const message of messages) {
      if (message.isBegun && !message.partition.isLost) message.partition.handBack(message.offset);
      message.isHandedBack = true;
    }
  }
}

const endsWithin = (work: Promise<unknown>, ms: number): Promise<boolean> =>
  within(ms, work).then(
    () => true,
    () => false,
  );
