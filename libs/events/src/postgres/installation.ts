import pg from 'pg';
import type PgBoss from 'pg-boss';
import type { DeliveryOptions } from './delivery-options.js';
import type { Database } from './database.js';
import { installIndexes } from './queue-indexes.js';
import { queues } from './queues.js';

/** Waiting for another app's installation is fine; waiting for one that hangs is not. */
const installLimitMs = 60_000;

/** pg-boss drops what nobody fetched until then. A moderation queue may not forget: see DeadLetter. */
const retentionDays = 365;

/**
 * Makes pg-boss's schema and our queues, or brings their options up to date. Apps start at the same time, and
 * `create_queue` is not safe against itself, so one does it and the others wait: a session-level advisory lock, which
 * ends with the connection if this process dies.
 */
export const install = async (
  connectionString: string,
  boss: PgBoss,
  database: Database,
  delivery: DeliveryOptions,
): Promise<void> => {
  const client = new pg.Client({ connectionString, query_timeout: installLimitMs });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(`SELECT pg_advisory_lock(hashtextextended('sluice.bus.install', 0))`);
    await boss.start();
    await installQueues(boss, delivery);
    await installIndexes(database);
  } finally {
    await client.end();
  }
};

const installQueues = async (boss: PgBoss, delivery: DeliveryOptions): Promise<void> => {
  const present = new Map((await boss.getQueues()).map((queue) => [queue.name, queue]));
  const retentionMinutes = retentionDays * 24 * 60;
  for (const { name, deadName } of queues) {
    if (!present.has(deadName)) await boss.createQueue(deadName, { name: deadName, retentionMinutes });
    const wanted = {
      name,
      deadLetter: deadName,
      retryLimit: delivery.maxAttempts - 1,
      retryDelay: delivery.firstRetrySeconds,
      retryBackoff: true,
      expireInSeconds: delivery.leaseSeconds,
      retentionMinutes,
    };
    const existing = present.get(name);
    if (!existing) await boss.createQueue(name, wanted);
    else if (differs(existing, wanted)) await boss.updateQueue(name, wanted);
  }
};

const differs = <Wanted extends object>(existing: object, wanted: Wanted): boolean =>
  Object.entries(wanted).some(([key, value]) => (existing as Record<string, unknown>)[key] !== value);
