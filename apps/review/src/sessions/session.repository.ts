import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import {
  type Actor,
  type ModeratorEntity,
  prepared,
  recordAudit,
  type SessionEntity,
  type SignInMethod,
} from '#libs/database';
import type { SignedInModerator } from '../access/caller.js';
import type { SignInOrigin } from './sign-in-origin.js';

/** How long sessions and their tokens last. */
export interface SessionLimits {
  idleMinutes: number;
  hours: number;
  rotateMinutes: number;
}

/** A session that a request belongs to. */
export interface FoundSession extends SignedInModerator {
  sessionId: string;
  method: SignInMethod;
  mustChangePassword: boolean;
  /** whether its token is old enough for another */
  isDue: boolean;
  /** whether the token was replaced and its successor used: somebody has a copy of it */
  isReplayed: boolean;
}

/** Seconds that requests which were under way when the token changed may still carry the old one. */
const overlapSeconds = 30;

const sessionSubject = (id: string) => ({ kind: 'session', id });

/** Sessions and the accounts behind them. */
@Injectable()
export class SessionRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Also forgets sessions that have ended, so that nobody else has to.
   * @param account as it was when it was checked
   * @returns the session's id; undefined where since then its password was changed, the account disabled, or a second
   *   factor added that nobody has asked for
   */
  open(
    tokenHash: Buffer,
    account: Pick<ModeratorEntity, 'id' | 'passwordHash'>,
    { hours, method, address, userAgent }: { hours: number; method: SignInMethod } & SignInOrigin,
  ): Promise<string | undefined> {
    return this.dataSource.transaction(async (transaction) => {
      await transaction.query('DELETE FROM session WHERE expires_at < now()');
      const opened: { id: string }[] = await transaction.query(
        `INSERT INTO session (id, token_hash, moderator_id, method, address, user_agent, expires_at)
         SELECT $5, $1, id, $6, $7, $8, now() + make_interval(hours => $3) FROM moderator
         WHERE id = $2 AND password_hash IS NOT DISTINCT FROM $4 AND disabled_at IS NULL
           AND ($6 <> 'password' OR totp_confirmed_at IS NULL) FOR SHARE
         RETURNING id`,
        [tokenHash, account.id, hours, account.passwordHash, uuidv7(), method, address, userAgent],
      );
      const id = opened[0]?.id;
      if (id === undefined) return undefined;
      await recordAudit(
        transaction,
        { kind: 'moderator', id: account.id },
        { act: 'session.opened', subject: sessionSubject(id), details: { method, address } },
      );
      return id;
    });
  }

  /** Writes down that somebody was not let in. */
  recordRefusal(
    subject: { kind: 'moderator' | 'address'; id: string },
    details: { why: string; address: string },
  ): Promise<void> {
    return this.dataSource.transaction((transaction) =>
      recordAudit(transaction, { kind: 'system' }, { act: 'session.refused', subject, details }),
    );
  }

  /**
   * The session that a token opens, if it still counts, and marks it as seen; at most once a minute, since every
   * request comes by here. A BitmapOr of session_token_hash_key and session_previous_token_hash_key, then
   * moderator_pkey.
   */
  async present(
    tokenHash: Buffer,
    { idleMinutes, rotateMinutes }: SessionLimits,
  ): Promise<FoundSession | undefined> {
    const rows = await prepared<FoundSession>(
      this.dataSource,
      `WITH found AS (
         SELECT session.id AS session_id, session.last_seen_at, session.method, session.token_seen,
                session.token_hash = $1 AS is_current,
                session.rotated_at < now() - make_interval(mins => $3) AS is_old,
                session.rotated_at < now() - make_interval(secs => ${overlapSeconds}) AS is_past_overlap,
                moderator.id, moderator.email, moderator.display_name, moderator.role, moderator.must_change_password
         FROM session JOIN moderator ON moderator.id = session.moderator_id
         WHERE (session.token_hash = $1 OR session.previous_token_hash = $1)
           AND moderator.disabled_at IS NULL AND session.expires_at > now()
           AND session.last_seen_at > now() - make_interval(mins => $2)),
       judged AS (
         SELECT *, NOT is_current AND token_seen AND is_past_overlap AS is_replayed,
                CASE WHEN is_current THEN is_old ELSE is_past_overlap END AS is_due
         FROM found),
       seen AS (
         UPDATE session SET last_seen_at = now(), token_seen = session.token_seen OR session.token_hash = $1
         FROM judged
         WHERE session.id = judged.session_id AND NOT judged.is_replayed
           AND (judged.last_seen_at < now() - interval '1 minute' OR judged.is_current AND NOT judged.token_seen))
       SELECT id, email, display_name AS "displayName", role, session_id AS "sessionId", method,
              must_change_password AS "mustChangePassword", is_due AS "isDue", is_replayed AS "isReplayed"
       FROM judged`,
      [tokenHash, idleMinutes, rotateMinutes],
    );
    return rows[0];
  }

  /**
   * Replaces the token that a request presented. While nobody has used the successor, because the answer with it was
   * lost, the token before it opens the session and is given another one.
   * @returns false where another request has done so in the meantime
   */
  async rotate(
    sessionId: string,
    presented: Buffer,
    next: Buffer,
    { rotateMinutes }: Pick<SessionLimits, 'rotateMinutes'>,
  ): Promise<boolean> {
    const [rotated]: [unknown[], number] = await this.dataSource.query(
      `UPDATE session SET token_hash = $3, previous_token_hash = $2, rotated_at = now(), token_seen = false
       WHERE id = $1
         AND (token_hash = $2 AND rotated_at < now() - make_interval(mins => $4)
           OR previous_token_hash = $2 AND NOT token_seen
             AND rotated_at < now() - make_interval(secs => ${overlapSeconds}))
       RETURNING id`,
      [sessionId, presented, next, rotateMinutes],
    );
    return rotated.length === 1;
  }

  /** Ends the session that a token opens. */
  async endByToken(tokenHash: Buffer): Promise<void> {
    await this.dataSource.transaction(async (transaction) => {
      const [ended]: [{ id: string; moderatorId: string }[], number] = await transaction.query(
        `DELETE FROM session WHERE token_hash = $1 OR previous_token_hash = $1
         RETURNING id, moderator_id AS "moderatorId"`,
        [tokenHash],
      );
      for (const { id, moderatorId } of ended)
        await recordAudit(
          transaction,
          { kind: 'moderator', id: moderatorId },
          { act: 'session.ended', subject: sessionSubject(id), details: { moderatorId, why: 'signed out' } },
        );
    });
  }

  /** @returns whether the account has such a session */
  end(
    moderatorId: string,
    sessionId: string,
    { actor, why }: { actor: Actor; why: string },
  ): Promise<boolean> {
    return this.dataSource.transaction(async (transaction) => {
      const [ended]: [unknown[], number] = await transaction.query(
        'DELETE FROM session WHERE id = $1 AND moderator_id = $2 RETURNING id',
        [sessionId, moderatorId],
      );
      if (ended.length === 0) return false;
      await recordAudit(transaction, actor, {
        act: 'session.ended',
        subject: sessionSubject(sessionId),
        details: { moderatorId, why },
      });
      return true;
    });
  }

  /** An account's sessions that still count, the latest used first: session_moderator_id_idx. Few. */
  ofModerator(moderatorId: string, idleMinutes: number): Promise<OwnSession[]> {
    return this.dataSource.query(
      `SELECT id, method, address, user_agent AS "userAgent", created_at AS "createdAt",
              last_seen_at AS "lastSeenAt", expires_at AS "expiresAt"
       FROM session
       WHERE moderator_id = $1 AND expires_at > now() AND last_seen_at > now() - make_interval(mins => $2)
       ORDER BY last_seen_at DESC, id`,
      [moderatorId, idleMinutes],
    );
  }
}

export type OwnSession = Pick<
  SessionEntity,
  'id' | 'method' | 'address' | 'userAgent' | 'createdAt' | 'lastSeenAt' | 'expiresAt'
>;
