import type { Admin, Kafka } from 'kafkajs';
import { BusUnavailable } from '../errors.js';
import { within } from './within.js';

/**
 * For questions to the brokers. kafkajs does not notice that a connection has gone silent: its requests run into their
 * time limit, one after the other. So after any failure the next question gets a new connection.
 */
export class AdminConnection {
  private admin: Promise<Admin> | undefined;
  private isClosed = false;

  constructor(private readonly kafka: Kafka) {}

  /** @throws BusUnavailable whatever went wrong, and when it takes longer than `limitMs` */
  async ask<T>(question: (admin: Admin) => Promise<T>, limitMs: number): Promise<T> {
    if (this.isClosed) throw new BusUnavailable(new Error('the bus is closed'));
    this.admin ??= this.connect();
    const asked = this.admin;
    try {
      return await within(
        limitMs,
        asked.then((admin) => question(admin)),
      );
    } catch (error) {
      if (this.admin === asked) this.admin = undefined;
      letGo(asked);
      throw new BusUnavailable(error);
    }
  }

  close(): void {
    this.isClosed = true;
    const admin = this.admin;
    this.admin = undefined;
    if (admin) letGo(admin);
  }

  private async connect(): Promise<Admin> {
    const admin = this.kafka.admin();
    try {
      await admin.connect();
      return admin;
    } catch (error) {
      void admin.disconnect().catch(ignore);
      throw error;
    }
  }
}

/** Waits for nobody: kafkajs disconnects only after the last answer, which may never come. */
const letGo = (admin: Promise<Admin>): void => {
  void admin.then((each) => each.disconnect()).catch(ignore);
};

const ignore = (): void => undefined;
