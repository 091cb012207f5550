import { setTimeout as pause } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';
import { BusUnavailable } from '../errors.js';
import { Farewells } from './farewells.js';
import { within } from './within.js';

const pauseMs = 100;
const farewellLimitMs = 3_000;

/**
 * For questions to the brokers. kafkajs does not notice that a connection has gone silent: its requests run into their
 * time limit, one after the other. So after any failure the next question gets a new connection.
 */
export class AdminConnection {
  private admin: Promise<Admin> | undefined;
  private readonly open = new Set<Promise<unknown>>();
  private isClosed = false;

  constructor(
    private readonly kafka: Kafka,
    private readonly farewells = new Farewells(),
  ) {}

  /** @throws BusUnavailable whatever went wrong, and when it takes longer than `limitMs` */
  async ask<T>(question: (admin: Admin) => Promise<T>, limitMs: number): Promise<T> {
    const giveUpAt = Date.now() + limitMs;
    for (;;) {
      try {
        return await this.askOnce(question, giveUpAt - Date.now());
      } catch (error) {
        if (!mayPass(error) || Date.now() + pauseMs > giveUpAt) throw new BusUnavailable(error);
        await pause(pauseMs);
      }
    }
  }

  private async askOnce<T>(question: (admin: Admin) => Promise<T>, limitMs: number): Promise<T> {
    if (this.isClosed) throw new Error('the bus is closed');
    this.admin ??= this.connect();
    const asked = this.admin;
    const answered = asked.then((admin) => question(admin));
    this.open.add(answered);
    try {
      return await within(limitMs, answered);
    } catch (error) {
      if (this.admin === asked) this.admin = undefined;
      this.farewells.bid(asked, answered);
      throw error;
    } finally {
      this.open.delete(answered);
    }
  }

  /** Waits for a while until all that is being let go is gone. */
  async close(): Promise<void> {
    this.isClosed = true;
    const admin = this.admin;
    this.admin = undefined;
    // kafkajs connects again for a question that is still open
    if (admin) this.farewells.bid(admin, Promise.allSettled(this.open));
    await this.farewells.ended(farewellLimitMs);
  }

  private async connect(): Promise<Admin> {
    const admin = this.kafka.admin();
    try {
      await admin.connect();
      return admin;
    } catch (error) {
      this.farewells.bid(Promise.resolve(admin));
      throw error;
    }
  }
}

/** A broker's word that it is not in charge (yet, or any more): kafkajs knows where to look only after a new start. */
const mayPass = (error: unknown): boolean => {
  const { name, retriable } = error as { name?: string; retriable?: boolean };
  return name === 'KafkaJSProtocolError' && retriable === true;
};
