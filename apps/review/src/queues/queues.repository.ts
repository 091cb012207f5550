import { Injectable } from '@nestjs/common';
import {
  type Actor,
  DataSource,
  type ModeratorRole,
  prepared,
  type QueueEntity,
  recordAudit,
} from '#libs/database';
import { ok, type Result, type RoutingRules } from '#libs/domain';
import type { EntityManager } from 'typeorm';
import type { ChangedQueue, NewQueue } from './queue.dto.js';

/** A queue as it is stored. */
export type StoredQueue = Omit<QueueEntity, 'createdAt'>;

/** How much of a queue waits for people. */
export interface Depth {
  queue: string;
  /** past the queue's promise, or past its due time where the queue makes none */
  overdue: boolean;
  /** past the queue's promise */
  breached: boolean;
  count: number;
}

const columns = `name, title, minimum_role AS "minimumRole", sla_seconds AS "slaSeconds", position,
                 disabled_at AS "disabledAt"`;

/** Reads and writes queues. */
@Injectable()
export class QueuesRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** In their order; a handful of rows. */
  all(): Promise<StoredQueue[]> {
    return this.dataSource.query(`SELECT ${columns} FROM queue ORDER BY position, name`);
  }

  /**
   * Names of the queues that ask for one of these roles, in their order, as far as the person works on them: who has no
   * row in moderator_queue works on all. A handful of rows, and moderator_queue_pkey.
   */
  async claimableBy(moderatorId: string, roles: ModeratorRole[]): Promise<string[]> {
    const rows = await prepared<{ name: string }>(
      this.dataSource,
      `WITH assigned AS MATERIALIZED (SELECT queue FROM moderator_queue WHERE moderator_id = $1)
       SELECT name FROM queue
       WHERE minimum_role = ANY ($2)
         AND (NOT EXISTS (SELECT FROM assigned) OR name IN (SELECT queue FROM assigned))
       ORDER BY position, name`,
      [moderatorId, roles],
    );
    return rows.map(({ name }) => name);
  }

  /** @returns `name_taken` where there is one of this name */
  create(queue: NewQueue, actor: Actor): Promise<Result<void, { code: 'name_taken' }>> {
    return this.dataSource.transaction(async (transaction) => {
      const made: unknown[] = await transaction.query(
        `INSERT INTO queue (name, title, minimum_role, sla_seconds, position) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING RETURNING name`,
        [queue.name, queue.title, queue.minimumRole, queue.slaSeconds, queue.position],
      );
      if (made.length === 0) return { ok: false, code: 'name_taken' };
      await recordAudit(transaction, actor, {
        act: 'queue.created',
        subject: subjectOf(queue),
        details: { ...queue },
      });
      return ok(undefined);
    });
  }

  /**
   * Rules that name a queue keep it from being disabled. Its row is locked before they are read, and whoever publishes
   * rules locks the rows of their queues: neither overlooks the other.
   */
  change(
    name: string,
    to: ChangedQueue,
    actor: Actor,
  ): Promise<Result<void, { code: 'not_found' } | { code: 'named_by_rules'; rules: number[] }>> {
    return this.dataSource.transaction(async (transaction) => {
      const [before]: (StoredQueue | undefined)[] = await transaction.query(
        `SELECT ${columns} FROM queue WHERE name = $1 FOR UPDATE`,
        [name],
      );
      if (!before) return { ok: false, code: 'not_found' };
      const rules = to.disabled ? await rulesNaming(transaction, name) : [];
      if (rules.length > 0) return { ok: false, code: 'named_by_rules', rules };
      await transaction.query(
        `UPDATE queue SET title = $2, minimum_role = $3, sla_seconds = $4, position = $5,
           disabled_at = CASE WHEN $6 THEN coalesce(disabled_at, now()) END
         WHERE name = $1`,
        [name, to.title, to.minimumRole, to.slaSeconds, to.position, to.disabled],
      );
      const { name: _, ...from } = before;
      await recordAudit(transaction, actor, {
        act: 'queue.changed',
        subject: subjectOf(before),
        details: { from, to },
      });
      return ok(undefined);
    });
  }

  /** What waits for anybody. Reads every undecided case: moderation_case_undecided_idx says which, their rows say the rest. */
  depths(): Promise<Depth[]> {
    return this.dataSource.query(
      `SELECT queue, coalesce(sla_at, due_at) < now() AS overdue, coalesce(sla_at < now(), false) AS breached,
              count(*)::integer AS count
       FROM moderation_case WHERE state NOT IN ('decided', 'closed') AND reserved_for IS NULL GROUP BY 1, 2, 3`,
    );
  }
}

const subjectOf = ({ name }: { name: string }) => ({ kind: 'queue', id: name });

/** Places of the rules in force that route to a queue. */
const rulesNaming = async (transaction: EntityManager, queue: string): Promise<number[]> => {
  const rows: { document: RoutingRules }[] = await transaction.query(
    'SELECT document FROM routing_rules ORDER BY version DESC LIMIT 1',
  );
  return (rows[0]?.document.rules ?? []).flatMap((rule, index) => (rule.queue === queue ? [index] : []));
};
