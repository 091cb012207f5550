import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { DeliveryError } from '#libs/domain';

/** Rows changed by one statement at most: none takes long, or holds many locks. */
const batch = 1_000;
/** Any number that nobody else locks: "hooks" on a telephone keypad. */
const upkeepLock = 46657;

export interface EndpointStanding {
  id: string;
  failures: number;
  openUntil: Date | null;
  /** seconds since the earliest event was queued that it has not had yet; 0 where it has had all */
  oldestSeconds: number;
  now: Date;
}

/** What is done to the log as time passes, and how the endpoints stand. */
@Injectable()
export class UpkeepRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Ends what can no longer be delivered: all that waits for a deleted endpoint, and what is past its time at one that
   * was tried in vain. What nobody tried because no process ran is not ended.
   * webhook_delivery_waiting_idx: the earliest of each endpoint. @returns how many
   */
  async expire(windowMs: number): Promise<number> {
    const expired: DeliveryError = 'expired';
    const [, ended]: [unknown, number] = await this.dataSource.query(
      `UPDATE webhook_delivery
       SET state = 'failed', ended_at = clock_timestamp(), lease_token = NULL, error = $1
       WHERE id IN (
         SELECT waiting.id FROM webhook_endpoint AS endpoint
         CROSS JOIN LATERAL (
           SELECT id, attempts, retry_since, lease_token, next_attempt_at FROM webhook_delivery
           WHERE endpoint_id = endpoint.id AND state = 'waiting' ORDER BY sequence LIMIT $3) AS waiting
         WHERE (endpoint.deleted_at IS NOT NULL
             OR (waiting.retry_since < now() - make_interval(secs => $2)
               AND (waiting.attempts > 0 OR endpoint.open_until IS NOT NULL)))
           AND (waiting.lease_token IS NULL OR waiting.next_attempt_at < now()))
         AND state = 'waiting'`,
      [expired, windowMs / 1000, batch],
    );
    return ended;
  }

  /** Of what ended so many days ago, by webhook_delivery_ended_idx. @returns how many */
  async forget(days: number): Promise<number> {
    const [, forgotten]: [unknown, number] = await this.dataSource.query(
      `DELETE FROM webhook_delivery WHERE id IN (
         SELECT id FROM webhook_delivery WHERE state <> 'waiting' AND ended_at < now() - make_interval(days => $1)
         ORDER BY ended_at LIMIT $2)`,
      [days, batch],
    );
    return forgotten;
  }

  /** Deleted endpoints of which the log knows nothing any more. */
  async forgetEndpoints(): Promise<void> {
    await this.dataSource.query(
      `DELETE FROM webhook_endpoint AS endpoint
       WHERE deleted_at IS NOT NULL
         AND NOT EXISTS (SELECT FROM webhook_delivery WHERE endpoint_id = endpoint.id)`,
    );
  }

  /** Runs the work in at most one process at a time; the others have nothing to do. */
  async alone(work: () => Promise<void>): Promise<void> {
    const runner = this.dataSource.createQueryRunner();
    await runner.connect();
    try {
      const [{ locked }] = (await runner.query('SELECT pg_try_advisory_lock($1) AS locked', [
        upkeepLock,
      ])) as [{ locked: boolean }];
      if (!locked) return;
      try {
        await work();
      } finally {
        await runner.query('SELECT pg_advisory_unlock($1)', [upkeepLock]);
      }
    } finally {
      await runner.release();
    }
  }

  /** One probe of webhook_delivery_waiting_idx for each endpoint. */
  standings(): Promise<EndpointStanding[]> {
    return this.dataSource.query(
      `SELECT endpoint.id, failures, open_until AS "openUntil", now() AS now,
              greatest(0, coalesce(extract(epoch FROM now() - oldest.created_at), 0))::double precision AS "oldestSeconds"
       FROM webhook_endpoint AS endpoint
       LEFT JOIN LATERAL (
         SELECT created_at FROM webhook_delivery
         WHERE endpoint_id = endpoint.id AND state = 'waiting' ORDER BY sequence LIMIT 1) AS oldest ON true
       WHERE deleted_at IS NULL`,
    );
  }
}

export const isWholeBatch = (count: number): boolean => count >= batch;
