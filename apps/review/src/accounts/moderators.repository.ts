import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { type Actor, endSessions, lockAdmins, outdateSessions, recordAudit } from '#libs/database';
import { ok, type Result } from '#libs/domain';
import type { ModeratorChange, ModeratorRow, NewModeratorRequest } from './moderator.dto.js';

interface UnknownQueues {
  code: 'unknown_queues';
  queues: string[];
}

const subjectOf = (id: string) => ({ kind: 'moderator', id });

const columns = `moderator.id, email, display_name AS "displayName", role, created_at AS "createdAt",
  disabled_at AS "disabledAt", password_hash IS NOT NULL AS "hasPassword",
  totp_confirmed_at IS NOT NULL AS "hasSecondFactor",
  (SELECT array_agg(queue ORDER BY queue) FROM moderator_queue WHERE moderator_id = moderator.id) AS queues`;

/** Accounts as admins see and change them. */
@Injectable()
export class ModeratorsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** In the order of their making: moderator_pkey. */
  page(after: string | undefined, limit: number): Promise<ModeratorRow[]> {
    return this.dataSource.query(
      `SELECT ${columns} FROM moderator WHERE $1::uuid IS NULL OR id > $1 ORDER BY id LIMIT $2`,
      [after ?? null, limit],
    );
  }

  create(
    { email, displayName, role, queues }: NewModeratorRequest,
    passwordHash: string,
    actor: Actor,
  ): Promise<Result<ModeratorRow, UnknownQueues | { code: 'email_taken' }>> {
    return this.dataSource.transaction(async (transaction) => {
      const unknown = await unknownQueues(transaction, queues);
      if (unknown) return { ok: false, ...unknown };
      const id = uuidv7();
      const inserted: unknown[] = await transaction.query(
        `INSERT INTO moderator (id, email, display_name, role, password_hash, must_change_password)
         VALUES ($1, $2, $3, $4, $5, true) ON CONFLICT (email) DO NOTHING RETURNING id`,
        [id, email, displayName, role, passwordHash],
      );
      if (inserted.length === 0) return { ok: false, code: 'email_taken' };
      await setQueues(transaction, id, queues);
      await recordAudit(transaction, actor, {
        act: 'moderator.created',
        subject: subjectOf(id),
        details: { role, displayName, queues },
      });
      return ok(await viewOf(transaction, id));
    });
  }

  /** Applies a change whole, or not at all. Somebody else is admin after it, or nothing changes. */
  change(
    id: string,
    change: ModeratorChange,
    actor: Actor,
  ): Promise<Result<ModeratorRow, UnknownQueues | { code: 'not_found' | 'last_admin' }>> {
    return this.dataSource.transaction(async (transaction) => {
      const admins = await lockAdmins(transaction);
      const before = await lockedView(transaction, id);
      if (!before) return { ok: false, code: 'not_found' };
      const staysAdmin = (change.role ?? before.role) === 'admin' && change.disabled !== true;
      if (!staysAdmin && admins.length === 1 && admins[0] === id) return { ok: false, code: 'last_admin' };
      const unknown = await unknownQueues(transaction, change.queues ?? null);
      if (unknown) return { ok: false, ...unknown };
      await transaction.query(
        `UPDATE moderator SET display_name = coalesce($2, display_name), role = coalesce($3, role),
           disabled_at = CASE $4::boolean WHEN true THEN coalesce(disabled_at, now()) WHEN false THEN NULL
                         ELSE disabled_at END
         WHERE id = $1`,
        [id, change.displayName, change.role, change.disabled],
      );
      if (change.queues !== undefined) await setQueues(transaction, id, change.queues);
      const after = await viewOf(transaction, id);
      const changed = differences(before, after);
      if (Object.keys(changed).length > 0)
        await recordAudit(transaction, actor, {
          act: 'moderator.changed',
          subject: subjectOf(id),
          details: changed,
        });
      if (after.disabledAt) await endSessions(transaction, id, { actor, why: 'account disabled' });
      else if (after.role !== before.role) await outdateSessions(transaction, id);
      return ok(after);
    });
  }

  /** Sets a password that only opens the way to choose another; the account's sessions end. */
  resetPassword(id: string, passwordHash: string, actor: Actor): Promise<boolean> {
    return this.dataSource.transaction(async (transaction) => {
      const [rows]: [unknown[], number] = await transaction.query(
        'UPDATE moderator SET password_hash = $2, must_change_password = true WHERE id = $1 RETURNING id',
        [id, passwordHash],
      );
      if (rows.length === 0) return false;
      await recordAudit(transaction, actor, { act: 'moderator.password_reset', subject: subjectOf(id) });
      await endSessions(transaction, id, { actor, why: 'password reset' });
      return true;
    });
  }
}

const lockedView = async (transaction: EntityManager, id: string): Promise<ModeratorRow | undefined> => {
  const rows: ModeratorRow[] = await transaction.query(
    `SELECT ${columns} FROM moderator WHERE id = $1 FOR UPDATE`,
    [id],
  );
  return rows[0];
};

const viewOf = async (transaction: EntityManager, id: string): Promise<ModeratorRow> => {
  const rows: ModeratorRow[] = await transaction.query(`SELECT ${columns} FROM moderator WHERE id = $1`, [
    id,
  ]);
  return rows[0]!;
};

const unknownQueues = async (
  transaction: EntityManager,
  named: string[] | null,
): Promise<UnknownQueues | undefined> => {
  if (named === null) return undefined;
  const rows: { name: string }[] = await transaction.query(
    'SELECT name FROM unnest($1::text[]) AS name WHERE name NOT IN (SELECT name FROM queue)',
    [named],
  );
  return rows.length === 0 ? undefined : { code: 'unknown_queues', queues: rows.map(({ name }) => name) };
};

const setQueues = async (transaction: EntityManager, id: string, queues: string[] | null): Promise<void> => {
  await transaction.query('DELETE FROM moderator_queue WHERE moderator_id = $1', [id]);
  await transaction.query('INSERT INTO moderator_queue (moderator_id, queue) SELECT $1, unnest($2::text[])', [
    id,
    queues ?? [],
  ]);
};

type Audited = 'displayName' | 'role' | 'queues' | 'disabledAt';

const differences = (before: ModeratorRow, after: ModeratorRow): Record<string, unknown> => {
  const watched: Audited[] = ['displayName', 'role', 'queues', 'disabledAt'];
  return Object.fromEntries(
    watched
      .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
      .map((name) => [name, { from: before[name], to: after[name] }]),
  );
};
