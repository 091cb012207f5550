import { within } from './within.js';

/**
 * Connections that are being let go. kafkajs disconnects only after the last answer, which may never come, so nobody
 * waits for it in the middle of work; at the end the bus does, for a while.
 */
export class Farewells {
  private readonly leaving = new Set<Promise<void>>();

  /** Disconnects what was connected, once `after` has ended in whatever way. */
  bid(connected: Promise<{ disconnect(): Promise<void> }>, after: Promise<unknown> = connected): void {
    const left = after
      .catch(ignore)
      .then(() => connected)
      .then((each) => each.disconnect())
      .catch(ignore)
      .finally(() => this.leaving.delete(left));
    this.leaving.add(left);
  }

  /** Resolves when all have left, or when the time is up. */
  async ended(limitMs: number): Promise<void> {
    await within(limitMs, Promise.all(this.leaving)).catch(ignore);
  }
}

const ignore = (): void => undefined;
