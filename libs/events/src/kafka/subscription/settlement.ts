import { setTimeout as delay } from 'node:timers/promises';
import type { Message } from 'kafkajs';
import type { ConsumerGroup, Topic } from '#libs/domain';
import type { Outcome } from '../../event-bus.js';
import { isOurs, type TakenMessage } from './taken-message.js';
import { retryStep } from './retry-step.js';
import type { SubscriptionParts } from './ports.js';

/** What a handler, or the lack of one, made of a message. */
export interface Fate<T extends Topic> {
  message: TakenMessage<T>;
  /** which try it was */
  attempt: number;
  outcome: Outcome;
}

const firstPauseMs = 100;
const longestPauseMs = 2_000;

/** Writes fates down: nothing for what is done, a message in a delay topic for a retry, or a dead letter. */
export class Settlement<T extends Topic> {
  constructor(
    private readonly parts: SubscriptionParts,
    private readonly pair: { topic: T; group: ConsumerGroup },
  ) {}

  /** Resolves when all are settled, or not ours any more. While the broker is away it keeps trying. */
  async settle(fates: Fate<T>[]): Promise<void> {
    const { maxAttempts } = this.parts.delivery;
    const retries: Fate<T>[] = [];
    const burials: Promise<void>[] = [];
    for (const fate of fates) {
      const { outcome, attempt } = fate;
      if (outcome.kind === 'done') this.finish(fate, 'done');
      else if (outcome.kind === 'retry' && attempt < maxAttempts) retries.push(fate);
      else burials.push(this.bury(fate, outcome.reason));
    }
    await Promise.all([...burials, this.sendRetries(retries)]);
  }

  /** To be handled by whoever is there, as if it had just come: no try is counted. */
  async passOn(messages: { message: TakenMessage<T>; attempt: number; notBefore: number }[]): Promise<void> {
    const copies = messages.map(({ message, ...next }) => ({ fate: { message }, step: 0, next }));
    await this.send(copies, ({ message }) => message.partition.finish(message.offset));
  }

  private async sendRetries(fates: Fate<T>[]): Promise<void> {
    const copies = fates.map((fate) => {
      const { step, waitMs } = retryStep(this.parts.delivery.retryDelaysSeconds, fate.attempt);
      return { fate, step, next: { attempt: fate.attempt + 1, notBefore: Date.now() + waitMs } };
    });
    await this.send(copies, (fate) => this.finish(fate, 'retry'));
  }

  private async send<F extends { message: TakenMessage<T> }>(
    copies: { fate: F; step: number; next: { attempt: number; notBefore: number } }[],
    finish: (fate: F) => void,
  ): Promise<void> {
    const { sender, retryMessage, names } = this.parts;
    await this.untilWritten(
      () => copies.filter(({ fate }) => isOurs(fate.message)),
      async (left) => {
        const byTopic = new Map<string, Message[]>();
        for (const { fate, step, next } of left) {
          const topic = names.delay(this.pair.topic, this.pair.group, step);
          byTopic.set(topic, [...(byTopic.get(topic) ?? []), retryMessage(fate.message.original, next)]);
        }
        await sender.send([...byTopic].map(([topic, messages]) => ({ topic, messages })));
        for (const { fate } of left) if (isOurs(fate.message)) finish(fate);
      },
    );
  }

  private async bury(fate: Fate<T>, reason: string): Promise<void> {
    const { message, attempt } = fate;
    const { topic, id } = message.partition;
    await this.untilWritten(
      () => (isOurs(message) ? [message] : []),
      async () => {
        const source = { topic, partition: id };
        await this.parts.deadLetters.bury(message.original, {
          ...this.pair,
          reason,
          attempts: attempt,
          source,
        });
        if (isOurs(message)) this.finish(fate, 'dead');
      },
    );
  }

  /** Tries until it worked, or nothing is left to write. */
  private async untilWritten<Item>(
    left: () => Item[],
    write: (items: Item[]) => Promise<void>,
  ): Promise<void> {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      const items = left();
      if (items.length === 0) return;
      try {
        await write(items);
        return;
      } catch (error) {
        this.parts.logger.warn(
          { err: error, ...this.pair },
          'outcomes are not written down yet: trying again',
        );
        await delay(pauseMs, undefined, { ref: false });
      }
    }
  }

  private finish({ message }: { message: TakenMessage<T> }, kind: Outcome['kind']): void {
    if (!isOurs(message)) return;
    message.partition.finish(message.offset);
    this.parts.observer.settled(this.pair.topic, this.pair.group, kind);
  }
}
