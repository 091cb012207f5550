import { type Actor, type AuditedAct, recordAudit, WebhookEndpointEntity } from '#libs/database';
import type { WebhookEventType } from '#libs/domain';
import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { DataSource, type EntityManager } from 'typeorm';

/** An endpoint's row, without its secrets, and the database's clock. */
export interface EndpointRow {
  id: string;
  url: string;
  description: string | null;
  eventTypes: WebhookEventType[];
  enabled: boolean;
  createdAt: Date;
  previousSecretExpiresAt: Date | null;
  failures: number;
  openUntil: Date | null;
  now: Date;
}

export interface EndpointFacts {
  url: string;
  description: string | null;
  eventTypes: WebhookEventType[];
}

const columns = `
  id, url, description, event_types AS "eventTypes", enabled, created_at AS "createdAt", failures,
  open_until AS "openUntil", now() AS now,
  CASE WHEN previous_secret_expires_at > now() THEN previous_secret_expires_at END AS "previousSecretExpiresAt"`;

/** Who is told what. Every change is audited in its own transaction. */
@Injectable()
export class EndpointsRepository {
  constructor(private readonly dataSource: DataSource) {}

  async count(): Promise<number> {
    const [{ count }]: [{ count: number }] = await this.dataSource.query(
      'SELECT count(*)::integer AS count FROM webhook_endpoint WHERE deleted_at IS NULL',
    );
    return count;
  }

  /** The latest first. webhook_endpoint_pkey: ids sort by time of making. */
  page(before: string | undefined, limit: number): Promise<EndpointRow[]> {
    return this.dataSource.query(
      `SELECT ${columns} FROM webhook_endpoint
       WHERE deleted_at IS NULL AND ($1::uuid IS NULL OR id < $1) ORDER BY id DESC LIMIT $2`,
      [before ?? null, limit],
    );
  }

  async find(
    id: string,
    by: Pick<EntityManager, 'query'> = this.dataSource,
  ): Promise<EndpointRow | undefined> {
    const rows: EndpointRow[] = await by.query(
      `SELECT ${columns} FROM webhook_endpoint WHERE id = $1 AND deleted_at IS NULL`,
      [id],
    );
    return rows[0];
  }

  create(actor: Actor, id: string, facts: EndpointFacts, secret: Buffer): Promise<EndpointRow> {
    return this.dataSource.transaction(async (transaction) => {
      await transaction.insert(WebhookEndpointEntity, { id, ...facts, secret });
      await recordAudit(transaction, actor, act('webhook.created', id, audited(facts)));
      return (await this.find(id, transaction))!;
    });
  }

  /** A new URL is a new start: its circuit breaker is closed. Undefined where there is no such endpoint. */
  change(
    actor: Actor,
    id: string,
    change: Partial<EndpointFacts & { enabled: boolean }>,
  ): Promise<EndpointRow | undefined> {
    return this.dataSource.transaction(async (transaction) => {
      const { affected } = await transaction
        .createQueryBuilder()
        .update(WebhookEndpointEntity)
        .set({ ...change, ...(change.url === undefined ? {} : { failures: 0, openUntil: null }) })
        .where('id = :id AND deleted_at IS NULL', { id })
        .execute();
      if (affected !== 1) return undefined;
      await recordAudit(transaction, actor, act('webhook.changed', id, audited(change)));
      return this.find(id, transaction);
    });
  }

  /** The secret until now goes on to sign for so long; one that was already on its way out no longer does. */
  rotateSecret(
    actor: Actor,
    id: string,
    secret: Buffer,
    overlapSeconds: number,
  ): Promise<EndpointRow | undefined> {
    return this.dataSource.transaction(async (transaction) => {
      const [, affected]: [unknown, number] = await transaction.query(
        `UPDATE webhook_endpoint
         SET previous_secret = CASE WHEN $3 > 0 THEN secret END,
             previous_secret_expires_at = CASE WHEN $3 > 0 THEN now() + make_interval(secs => $3) END,
             secret = $2
         WHERE id = $1 AND deleted_at IS NULL`,
        [id, secret, overlapSeconds],
      );
      if (affected !== 1) return undefined;
      await recordAudit(transaction, actor, act('webhook.secret_rotated', id, { overlapSeconds }));
      return this.find(id, transaction);
    });
  }

  /** Its secrets are gone at once, nothing more is sent; its log stays as long as that of others. */
  delete(actor: Actor, id: string): Promise<boolean> {
    return this.dataSource.transaction(async (transaction) => {
      const [, affected]: [unknown, number] = await transaction.query(
        `UPDATE webhook_endpoint
         SET deleted_at = now(), secret = NULL, previous_secret = NULL, previous_secret_expires_at = NULL
         WHERE id = $1 AND deleted_at IS NULL`,
        [id],
      );
      if (affected !== 1) return false;
      await recordAudit(transaction, actor, act('webhook.deleted', id));
      return true;
    });
  }
}

const act = (name: string, id: string, details?: Record<string, unknown>): AuditedAct => ({
  act: name,
  subject: { kind: 'webhook', id },
  details,
});

/** Of a URL what is no secret. Many services' paths are one; the hash tells whether two URLs are the same. */
const audited = ({ url, ...facts }: Partial<EndpointFacts>): Record<string, unknown> => ({
  ...facts,
  ...(url === undefined ? {} : { origin: new URL(url).origin, urlSha256: sha256Of(url) }),
});

const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex');
