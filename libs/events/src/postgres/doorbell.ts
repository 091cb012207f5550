import { NotificationListener } from '#libs/database';
import type { Logger } from '#libs/platform';
import type { SqlExecutor } from './database.js';

const channel = 'sluice_bus';

/** Tells consumers at once that a queue has events (LISTEN/NOTIFY): polling alone would cost up to its interval. */
export class Doorbell {
  private readonly listener: NotificationListener;
  private readonly onRings = new Map<string, Set<() => void>>();
  private listening: Promise<void> | undefined;

  constructor(connectionString: string, logger: Logger) {
    this.listener = new NotificationListener({
      url: connectionString,
      channel,
      onNotification: (queue) => this.heard(queue),
      // whatever was announced while nobody listened
      onConnected: () => [...this.onRings.keys()].forEach((queue) => this.heard(queue)),
      onTrouble: (error) => logger.warn({ err: error }, 'not listening for events: polling until it is back'),
    });
  }

  /** Rings within the caller's transaction: heard when that commits, and only then. */
  static async ring(queues: string[], within: SqlExecutor): Promise<void> {
    await within.executeSql('SELECT pg_notify($1, queue) FROM unnest($2::text[]) AS queue', [
      channel,
      queues,
    ]);
  }

  /** Calls `onRing` when the queue has events, and after every gap in listening. Returns how to stop that. */
  async listen(queue: string, onRing: () => void): Promise<() => void> {
    const forQueue = this.onRings.get(queue) ?? new Set();
    this.onRings.set(queue, forQueue.add(onRing));
    await (this.listening ??= this.listener.start());
    return () => forQueue.delete(onRing);
  }

  async close(): Promise<void> {
    if (this.listening) await this.listener.close();
  }

  private heard(queue: string): void {
    for (const onRing of this.onRings.get(queue) ?? []) onRing();
  }
}

/** Rings within a transaction: heard when that commits, and only then. */
export const ring = async (queue: string, within: SqlExecutor): Promise<void> => {
  await within.executeSql('SELECT pg_notify($1, $2)', [channel, queue]);
};

/**
 * Lets pg-boss's INSERT announce the queues that it filled, in the same statement: one round trip, and no transaction
 * of several statements to commit. The INSERT must have no RETURNING of its own, as in the pinned version.
 */
export const announced = (within: SqlExecutor): SqlExecutor => ({
  executeSql: (insert, values) =>
    within.executeSql(
      `WITH inserted AS (${insert} RETURNING name)
       SELECT pg_notify('${channel}', name) FROM (SELECT DISTINCT name FROM inserted) AS filled`,
      values,
    ),
});
