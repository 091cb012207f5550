import { admitted, afterAttempt, type Breaker, nextAttempt, type WebhookBody } from '#libs/domain';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Attempt } from '../sending/webhook-sender.js';
import type { WebhookSettings } from '../webhook-settings.js';

/** A delivery that this process holds until its lease ends. */
export interface TakenDelivery {
  id: string;
  leaseToken: string;
  /** from 1 */
  attempt: number;
  retrySince: Date;
  body: WebhookBody;
}

/** Where to send it, as the endpoint's row said when it was taken. */
export interface EndpointNow {
  id: string;
  url: string;
  /** encrypted */
  secret: Buffer;
  /** encrypted; null where no rotation is under way */
  previousSecret: Buffer | null;
}

export interface Step {
  /** undefined once the endpoint was deleted or switched off */
  endpoint: EndpointNow | undefined;
  taken: TakenDelivery[];
  /** there may be more to take at once */
  again: boolean;
}

export interface Finished {
  delivery: TakenDelivery;
  attempt: Attempt;
}

type Settings = Pick<WebhookSettings, 'concurrency' | 'timeoutMs' | 'retry' | 'breaker'>;

/** Beyond the deliveries that there is room for: some of what is due waits for its content's earlier events. */
const scannedBeside = 32;
/** A lease is longer than the longest attempt, for the outcome to be stored: by half, and so many milliseconds. */
const settlingMs = 1_000;

/**
 * The outbox as a queue. What is taken has a lease: should the process die, others take it again. Whoever takes or
 * settles holds the endpoint's row meanwhile, which is what keeps the number under way and the order per content exact,
 * however many processes there are; transactions that queue events do not wait for it.
 */
@Injectable()
export class DeliveryQueueRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Endpoints for which something is due, by webhook_delivery_due_idx: one probe for each endpoint. */
  async dueEndpoints(): Promise<string[]> {
    const rows: { id: string }[] = await this.dataSource.query(
      `SELECT id FROM webhook_endpoint AS endpoint
       WHERE deleted_at IS NULL AND enabled AND (open_until IS NULL OR open_until <= now())
         AND EXISTS (SELECT FROM webhook_delivery
                     WHERE endpoint_id = endpoint.id AND state = 'waiting' AND next_attempt_at <= now())`,
    );
    return rows.map(({ id }) => id);
  }

  /** Stores what came of attempts and takes what is due, as far as the endpoint's breaker and concurrency let it. */
  step(endpointId: string, finished: Finished[], settings: Settings): Promise<Step> {
    return this.dataSource.transaction(async (transaction) => {
      const locked = await lockEndpoint(transaction, endpointId);
      if (!locked) return { endpoint: undefined, taken: [], again: false };
      const breaker = finished.reduce(
        (state, { attempt }) => afterAttempt(state, attempt.error === null, settings.breaker, locked.now),
        locked.breaker,
      );
      if (breaker !== locked.breaker) await storeBreaker(transaction, endpointId, breaker, locked.breaker);
      if (finished.length > 0) await settle(transaction, finished, settings, locked.now);
      const { endpoint } = locked;
      const most = endpoint ? admitted(breaker, settings.concurrency, locked.now) : 0;
      if (most === 0) return { endpoint, taken: [], again: false };
      return { endpoint, ...(await take(transaction, endpointId, most, settings.timeoutMs)) };
    });
  }

  /** What was taken and not tried, because the process stops: at once for others, and no attempt. */
  async putBack(deliveries: TakenDelivery[]): Promise<void> {
    await this.dataSource.query(
      `UPDATE webhook_delivery
       SET lease_token = NULL, next_attempt_at = now(), attempts = greatest(0, attempts - 1)
       WHERE lease_token = ANY ($1::uuid[])`,
      [deliveries.map(({ leaseToken }) => leaseToken)],
    );
  }
}

interface LockedEndpoint {
  /** undefined where nothing may be sent to it any more */
  endpoint: EndpointNow | undefined;
  breaker: Breaker;
  /** the database's clock: all processes judge breakers and windows by the same one */
  now: Date;
}

/** NO KEY: who queues an event for the endpoint, and so refers to its row, goes on. */
const lockEndpoint = async (transaction: EntityManager, id: string): Promise<LockedEndpoint | undefined> => {
  const rows: (EndpointNow & Breaker & { now: Date; isLive: boolean })[] = await transaction.query(
    `WITH locked AS MATERIALIZED (SELECT * FROM webhook_endpoint WHERE id = $1 FOR NO KEY UPDATE)
     SELECT id, url, secret, failures, open_until AS "openUntil", deleted_at IS NULL AND enabled AS "isLive",
            CASE WHEN previous_secret_expires_at > clock_timestamp() THEN previous_secret END AS "previousSecret",
            date_trunc('milliseconds', clock_timestamp()) AS now
     FROM locked`,
    [id],
  );
  if (!rows[0]) return undefined;
  const { now, failures, openUntil, isLive, ...endpoint } = rows[0];
  return { endpoint: isLive ? endpoint : undefined, breaker: { failures, openUntil }, now };
};

const storeBreaker = async (
  transaction: EntityManager,
  endpointId: string,
  { failures, openUntil }: Breaker,
  before: Breaker,
): Promise<void> => {
  if (failures === before.failures && openUntil?.getTime() === before.openUntil?.getTime()) return;
  await transaction.query('UPDATE webhook_endpoint SET failures = $2, open_until = $3 WHERE id = $1', [
    endpointId,
    failures,
    openUntil,
  ]);
};

/**
 * What has ended ends, what failed is tried again within its time, and the next event of an ended one's content is due.
 * An outcome whose lease was lost to another process is dropped: the other tells.
 */
const settle = (
  transaction: EntityManager,
  finished: Finished[],
  { retry }: Settings,
  now: Date,
): Promise<unknown> => {
  const outcomes = finished.map(({ delivery: { id, leaseToken, attempt: count, retrySince }, attempt }) => {
    const next =
      attempt.error === null ? undefined : nextAttempt(retry, { attempt: count, since: retrySince, now });
    const state = attempt.error === null ? 'delivered' : next ? 'waiting' : 'failed';
    return { id, leaseToken, state, nextAttemptAt: next ?? null, ...attempt };
  });
  // webhook_delivery_pkey for the outcomes, webhook_delivery_order_idx for who follows.
  return transaction.query(
    `WITH settled AS (
       UPDATE webhook_delivery AS delivery
       SET state = outcome.state,
           ended_at = CASE WHEN outcome.state <> 'waiting' THEN clock_timestamp() END,
           next_attempt_at = coalesce(outcome."nextAttemptAt", delivery.next_attempt_at),
           lease_token = NULL, status = outcome.status, response = outcome.response, error = outcome.error,
           duration_ms = outcome."durationMs"
       FROM jsonb_to_recordset($1) AS outcome (
         id uuid, "leaseToken" uuid, state text, "nextAttemptAt" timestamptz, status smallint, response text, error text,
         "durationMs" integer)
       WHERE delivery.id = outcome.id AND delivery.lease_token = outcome."leaseToken"
       RETURNING delivery.endpoint_id, delivery.content_id, delivery.sequence, delivery.state)
     UPDATE webhook_delivery AS next
     SET next_attempt_at = statement_timestamp()
     FROM settled CROSS JOIN LATERAL (
       SELECT id FROM webhook_delivery AS later
       WHERE later.endpoint_id = settled.endpoint_id AND later.content_id = settled.content_id
         AND later.state = 'waiting' AND later.sequence > settled.sequence
       ORDER BY later.sequence LIMIT 1) AS follower
     WHERE settled.state <> 'waiting' AND next.id = follower.id AND next.lease_token IS NULL`,
    [JSON.stringify(outcomes)],
  );
};

interface TakenRow {
  id: string;
  leaseToken: string;
  attempt: number;
  retrySince: Date;
  eventId: string;
  type: WebhookBody['type'];
  createdAt: Date;
  contentId: string | null;
  data: Record<string, unknown>;
}

/**
 * Plan: Index Scan on webhook_delivery_due_idx, which stops at the limit, and for each row one probe of
 * webhook_delivery_order_idx. What stands behind an earlier event of its content is put off until that one's next attempt
 * is over: `settle` brings it back sooner, and a long line behind a dead endpoint is not passed over again and again.
 */
const take = async (
  transaction: EntityManager,
  endpointId: string,
  most: number,
  timeoutMs: number,
): Promise<Pick<Step, 'taken' | 'again'>> => {
  const limit = most * 2 + scannedBeside;
  const leaseSeconds = (timeoutMs * 1.5 + settlingMs) / 1000;
  const [answer]: [{ taken: TakenRow[] | null; scanned: number; putOff: number }] = await transaction.query(
    `WITH room AS (
       SELECT greatest(0, $2 - count(*)) AS free FROM webhook_delivery
       WHERE endpoint_id = $1 AND lease_token IS NOT NULL AND next_attempt_at > statement_timestamp()),
     due AS MATERIALIZED (
       SELECT id, next_attempt_at, sequence, (
         SELECT greatest(earlier.next_attempt_at, statement_timestamp()) FROM webhook_delivery AS earlier
         WHERE earlier.endpoint_id = $1 AND earlier.content_id = delivery.content_id AND earlier.state = 'waiting'
           AND earlier.sequence < delivery.sequence
         ORDER BY earlier.sequence LIMIT 1) AS behind
       FROM webhook_delivery AS delivery
       WHERE endpoint_id = $1 AND state = 'waiting' AND next_attempt_at <= statement_timestamp()
         AND (SELECT free FROM room) > 0
       ORDER BY next_attempt_at LIMIT $3
       FOR NO KEY UPDATE SKIP LOCKED),
     put_off AS (
       UPDATE webhook_delivery AS delivery SET next_attempt_at = due.behind + make_interval(secs => $4)
       FROM due WHERE delivery.id = due.id AND due.behind IS NOT NULL
       RETURNING delivery.id),
     picked AS (
       SELECT id FROM due WHERE behind IS NULL ORDER BY next_attempt_at, sequence LIMIT (SELECT free FROM room)),
     taken AS (
       UPDATE webhook_delivery AS delivery
       SET attempts = attempts + 1, attempted_at = clock_timestamp(), lease_token = gen_random_uuid(),
           next_attempt_at = clock_timestamp() + make_interval(secs => $4)
       FROM picked WHERE delivery.id = picked.id
       RETURNING delivery.*)
     SELECT (SELECT jsonb_agg(jsonb_build_object(
               'id', id, 'leaseToken', lease_token, 'attempt', attempts, 'retrySince', retry_since, 'eventId', event_id,
               'type', type, 'createdAt', created_at, 'contentId', content_id, 'data', data) ORDER BY sequence)
             FROM taken) AS taken,
            (SELECT count(*)::integer FROM due) AS scanned, (SELECT count(*)::integer FROM put_off) AS "putOff"`,
    [endpointId, most, limit, leaseSeconds],
  );
  const taken = (answer.taken ?? []).map(deliveryOf);
  return { taken, again: taken.length === 0 && answer.scanned === limit && answer.putOff > 0 };
};

const deliveryOf = ({
  eventId,
  type,
  createdAt,
  contentId,
  data,
  retrySince,
  ...lease
}: TakenRow): TakenDelivery => ({
  ...lease,
  retrySince: new Date(retrySince),
  body: { id: eventId, type, createdAt: new Date(createdAt).toISOString(), contentId, data },
});
