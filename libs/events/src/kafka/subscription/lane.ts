import { setTimeout as delay } from 'node:timers/promises';
import type { ConsumerGroup, Topic } from '#libs/domain';
import type { BatchHandler, Delivery, Outcome } from '../../event-bus.js';
import { dead, retry } from '../../outcomes.js';
import type { WakeUp } from '../../wake-up.js';
import { TimeUp, within } from '../within.js';
import type { Committer } from './committer.js';
import type { ReceivedEvent, SubscriptionParts } from './ports.js';
import type { Settlement } from './settlement.js';
import { isOurs, type TakenMessage } from './taken-message.js';

const commitPauseMs = 200;

/** Of an event whose consumer died at every try, and so left no reason. */
const diedSilently = 'its consumers stopped answering while they handled it, at every try';

interface LaneParts<T extends Topic> {
  parts: SubscriptionParts;
  pair: { topic: T; group: ConsumerGroup };
  handler: BatchHandler<T>;
  limitSeconds: number;
  settlement: Settlement<T>;
  committer: Committer;
  wakeUp: WakeUp;
  takesMore: () => boolean;
  /** of a batch for the handler */
  batchSize: number;
  next: (mostBatches: number) => TakenMessage<T>[];
  onIdle: () => void;
  lookAgainMs: () => number;
}

/** A message that could be read, and which try of it is next. */
interface Sound<T extends Topic> {
  message: TakenMessage<T>;
  received: ReceivedEvent<T>;
  attempt: number;
}

/**
 * Handles one batch after the other. As many lanes as batches may be handled at once.
 *
 * Where handling takes less time than the commit before it, the lane would mostly wait for commits: then one commit marks
 * several batches.
 */
export class Lane<T extends Topic> {
  /** in its hands */
  messages: TakenMessage<T>[] = [];
  /** resolves when the lane has ended, which it does when nothing more is taken; never rejects */
  readonly ended: Promise<void>;
  private batchesAtOnce = 1;

  constructor(private readonly the: LaneParts<T>) {
    this.ended = this.run();
  }

  private async run(): Promise<void> {
    const { wakeUp, takesMore, next, onIdle, lookAgainMs } = this.the;
    // so that the constructor of the subscription has returned before the first batch
    await Promise.resolve();
    while (takesMore()) {
      const asOf = wakeUp.now();
      this.messages = next(this.batchesAtOnce);
      if (this.messages.length === 0) {
        onIdle();
        await wakeUp.sleep(asOf, lookAgainMs());
        continue;
      }
      // those who wait for room
      wakeUp.call();
      await this.work();
      this.messages = [];
      wakeUp.call();
    }
  }

  private async work(): Promise<void> {
    const { settlement, parts, pair } = this.the;
    try {
      const { sound, poison, exhausted } = this.sorted();
      const fates = [
        ...poison.map(({ message, detail }) => ({ message, attempt: 1, outcome: dead(detail) })),
        ...exhausted.map(({ message, attempt }) => ({
          message,
          attempt: attempt - 1,
          outcome: dead(diedSilently),
        })),
      ];
      await Promise.all([settlement.settle(fates), this.handle(sound)]);
    } catch (error) {
      // a bug: the messages stay open, and come again when the group is formed anew
      parts.logger.error({ err: error, ...pair }, 'a batch was given up');
    }
  }

  private sorted(): {
    sound: Sound<T>[];
    poison: { message: TakenMessage<T>; detail: string }[];
    exhausted: Sound<T>[];
  } {
    const sound: Sound<T>[] = [];
    const exhausted: Sound<T>[] = [];
    const poison: { message: TakenMessage<T>; detail: string }[] = [];
    for (const message of this.messages) {
      const { received, deaths } = message;
      if (!received.ok) {
        poison.push({ message, detail: received.detail });
        continue;
      }
      const attempt = received.value.attempt + deaths;
      const each = { message, received: received.value, attempt };
      if (attempt > this.the.parts.delivery.maxAttempts) exhausted.push(each);
      else sound.push(each);
    }
    return { sound, poison, exhausted };
  }

  private async handle(batch: Sound<T>[]): Promise<void> {
    if (batch.length === 0) return;
    const started = performance.now();
    const begun = await this.begin(batch);
    if (begun.length === 0) return;
    const begunAt = performance.now();
    const batches = inGroups(begun, this.the.batchSize);
    for (const each of batches) await this.handleBegun(each.filter(({ message }) => isOurs(message)));
    const handlingMs = (performance.now() - begunAt) / batches.length;
    this.batchesAtOnce = handlingMs < begunAt - started ? this.the.parts.delivery.batchesAhead : 1;
  }

  private async handleBegun(begun: Sound<T>[]): Promise<void> {
    if (begun.length === 0) return;
    const { maxAttempts } = this.the.parts.delivery;
    const deliveries = begun.map(({ received, attempt }) => ({
      event: received.event,
      attempt,
      isLastAttempt: attempt >= maxAttempts,
      acceptedAt: received.acceptedAt,
    }));
    const outcomes = await this.outcomesOf(deliveries);
    await this.the.settlement.settle(
      begun.map(({ message, attempt }, at) => ({
        message,
        attempt,
        outcome: outcomes[at] ?? retry('the handler gave no outcome for it'),
      })),
    );
  }

  /**
   * Marks them as in work before the handler gets them, or a crash would not count as a try. While the broker is away
   * nothing is begun. Returns those that are ours still.
   */
  private async begin(batch: Sound<T>[]): Promise<Sound<T>[]> {
    const { committer, takesMore } = this.the;
    let left = batch.filter(({ message }) => isOurs(message));
    for (const { message } of left) {
      message.partition.begin(message.offset);
      message.isBegun = true;
    }
    while (left.length > 0) {
      try {
        await committer.commit();
        const ready = left.filter(({ message }) => isOurs(message));
        // a partition that is not ready was left out of the commit
        if (ready.every(({ message }) => message.partition.isReady)) return ready;
      } catch {
        // said by whoever broke; the consumer is being replaced
      }
      await delay(commitPauseMs, undefined, { ref: false });
      left = left.filter(({ message }) => isOurs(message));
      if (!takesMore()) {
        for (const { message } of left) {
          message.partition.handBack(message.offset);
          message.isBegun = false;
        }
        return [];
      }
    }
    return [];
  }

  private async outcomesOf(deliveries: Delivery<T>[]): Promise<Outcome[]> {
    const { handler, limitSeconds, parts, pair } = this.the;
    try {
      return await within(
        limitSeconds * 1000,
        Promise.resolve().then(() => handler(deliveries)),
      );
    } catch (error) {
      parts.logger.error({ err: error, ...pair }, 'a batch failed: it is retried');
      const reason =
        error instanceof TimeUp ? `the handler took longer than ${limitSeconds} s` : messageOf(error);
      return deliveries.map(() => retry(reason));
    }
  }
}

const inGroups = <Item>(items: Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
