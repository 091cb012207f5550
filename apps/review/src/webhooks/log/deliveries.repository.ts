import { type Actor, recordAudit } from '#libs/database';
import { type DeliveryState, webhookTestType } from '#libs/domain';
import { newId } from '#libs/platform';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { DeliveryView } from './delivery.dto.js';

interface DeliveryRow {
  id: string;
  sequence: string;
  eventId: string;
  type: DeliveryView['type'];
  contentId: string | null;
  state: DeliveryState;
  attempts: number;
  createdAt: Date;
  nextAttemptAt: Date;
  endedAt: Date | null;
  attemptedAt: Date | null;
  durationMs: number | null;
  status: number | null;
  error: NonNullable<DeliveryView['lastAttempt']>['error'];
  response: string | null;
}

const columns = `
  id, sequence, event_id AS "eventId", type, content_id AS "contentId", state, attempts, created_at AS "createdAt",
  next_attempt_at AS "nextAttemptAt", ended_at AS "endedAt", attempted_at AS "attemptedAt", duration_ms AS "durationMs",
  status, error, response`;

/** Where a state has an index of its own, which holds nothing else. */
const conditionOf: Record<DeliveryState, string> = {
  waiting: `state = 'waiting'`,
  failed: `state = 'failed'`,
  delivered: `state = 'delivered'`,
};

/** Due now, with all of its time before it. Of one under way the outcome is waited for. */
const dueAgain = `
  state = 'waiting', ended_at = NULL, retry_since = now(), next_attempt_at = now(), error = NULL`;

/** The log of deliveries, and what somebody asks for by hand. Privileged acts are audited in their own transactions. */
@Injectable()
export class DeliveriesRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * The latest first. Index Scan Backward on webhook_delivery_log_idx, or on webhook_delivery_waiting_idx or
   * webhook_delivery_failed_idx for one of these states; nearly all of the log is delivered, so that state needs none.
   */
  async page(
    endpointId: string,
    state: DeliveryState | undefined,
    before: string | undefined,
    limit: number,
  ): Promise<{ view: DeliveryView; sequence: string }[]> {
    const rows: DeliveryRow[] = await this.dataSource.query(
      `SELECT ${columns} FROM webhook_delivery
       WHERE endpoint_id = $1 ${state ? `AND ${conditionOf[state]}` : ''} ${before === undefined ? '' : 'AND sequence < $3'}
       ORDER BY sequence DESC LIMIT $2`,
      [endpointId, limit, ...(before === undefined ? [] : [before])],
    );
    return rows.map((row) => ({ view: viewOf(row), sequence: row.sequence }));
  }

  /** Whatever its state; while an attempt is under way nothing changes. Undefined where there is no such delivery. */
  redeliver(actor: Actor, endpointId: string, id: string): Promise<DeliveryView | undefined> {
    return this.dataSource.transaction(async (transaction) => {
      await tryAtOnce(transaction, endpointId);
      const rows: DeliveryRow[] = await transaction.query(
        `SELECT ${columns} FROM webhook_delivery WHERE id = $2 AND endpoint_id = $1 FOR NO KEY UPDATE`,
        [endpointId, id],
      );
      if (!rows[0]) return undefined;
      const [changed]: [DeliveryRow[], number] = await transaction.query(
        `UPDATE webhook_delivery SET ${dueAgain}
         WHERE id = $1 AND (lease_token IS NULL OR next_attempt_at <= now()) RETURNING ${columns}`,
        [id],
      );
      await recordAudit(transaction, actor, {
        act: 'webhook.redelivered',
        subject: { kind: 'webhook', id: endpointId },
        details: { deliveryId: id },
      });
      return viewOf(changed[0] ?? rows[0]);
    });
  }

  /** The earliest first, by webhook_delivery_failed_idx. @returns how many */
  redeliverFailed(actor: Actor, endpointId: string, limit: number): Promise<number> {
    return this.dataSource.transaction(async (transaction) => {
      await tryAtOnce(transaction, endpointId);
      const [, redelivered]: [unknown, number] = await transaction.query(
        `UPDATE webhook_delivery SET ${dueAgain}
         WHERE id IN (
           SELECT id FROM webhook_delivery WHERE endpoint_id = $1 AND state = 'failed'
           ORDER BY sequence LIMIT $2 FOR NO KEY UPDATE)`,
        [endpointId, limit],
      );
      await recordAudit(transaction, actor, {
        act: 'webhook.redelivered',
        subject: { kind: 'webhook', id: endpointId },
        details: { failed: redelivered },
      });
      return redelivered;
    });
  }

  /** An event for this endpoint alone, whatever it has subscribed to. */
  queueTest(actor: Actor, endpointId: string): Promise<DeliveryView> {
    return this.dataSource.transaction(async (transaction) => {
      await tryAtOnce(transaction, endpointId);
      const rows: DeliveryRow[] = await transaction.query(
        `INSERT INTO webhook_delivery (id, endpoint_id, event_id, type, data)
         VALUES (gen_random_uuid(), $1, $2, $3, '{}') RETURNING ${columns}`,
        [endpointId, newId(), webhookTestType],
      );
      await recordAudit(transaction, actor, {
        act: 'webhook.tested',
        subject: { kind: 'webhook', id: endpointId },
      });
      return viewOf(rows[0]!);
    });
  }
}

/**
 * Whoever asks for a delivery has reason to believe in it: an open circuit breaker lets one through now, instead of
 * later. Before any delivery's row is locked, as the dispatchers do it.
 */
const tryAtOnce = async (transaction: EntityManager, endpointId: string): Promise<void> => {
  await transaction.query(
    'UPDATE webhook_endpoint SET open_until = now() WHERE id = $1 AND open_until > now()',
    [endpointId],
  );
  await transaction.query(`SELECT pg_notify('sluice_changed', 'webhook')`);
};

const viewOf = (row: DeliveryRow): DeliveryView => {
  const { id, eventId, type, contentId, state, attempts, durationMs, status, error, response } = row;
  return {
    id,
    eventId,
    type,
    contentId,
    state,
    attempts,
    createdAt: row.createdAt.toISOString(),
    nextAttemptAt: state === 'waiting' ? row.nextAttemptAt.toISOString() : null,
    endedAt: row.endedAt?.toISOString() ?? null,
    lastAttempt: row.attemptedAt
      ? { at: row.attemptedAt.toISOString(), durationMs, status, error, response }
      : null,
  };
};
