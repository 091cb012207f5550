import type { EntityManager } from 'typeorm';
import { type Actor, recordAudit } from '../audit/record-audit.js';
import { newSessionToken } from './session-token.js';

/**
 * Ends the sessions of an account, or all but one. After the account's row was changed, in a statement of its own: it
 * then also sees the session of somebody who signed in while the change waited for the row.
 * @param why for the audit
 */
export const endSessions = async (
  transaction: EntityManager,
  moderatorId: string,
  { actor, why, except = null }: { actor: Actor; why: string; except?: string | null },
): Promise<void> => {
  const [ended]: [{ id: string }[], number] = await transaction.query(
    'DELETE FROM session WHERE moderator_id = $1 AND id IS DISTINCT FROM $2 RETURNING id',
    [moderatorId, except],
  );
  if (ended.length === 0) return;
  await recordAudit(
    transaction,
    actor,
    ended.map(({ id }) => ({
      act: 'session.ended',
      subject: { kind: 'session', id },
      details: { moderatorId, why },
    })),
  );
};

/**
 * Gives a session another token at once, as after every change of what it may do (OWASP Session Management Cheat
 * Sheet); the token before it counts no more.
 * @param method how its owner has proven themselves by now; undefined: as before
 * @returns the token, for its owner's cookie once this is committed
 */
export const renewSession = async (
  transaction: EntityManager,
  sessionId: string,
  method?: 'totp',
): Promise<string> => {
  const { token, hash } = newSessionToken();
  await transaction.query(
    `UPDATE session SET token_hash = $2, previous_token_hash = NULL, rotated_at = now(), token_seen = false,
       method = coalesce($3, method)
     WHERE id = $1`,
    [sessionId, hash, method],
  );
  return token;
};

/** Has every session of an account get another token with its next request. */
export const outdateSessions = (transaction: EntityManager, moderatorId: string): Promise<unknown> =>
  transaction.query(
    `UPDATE session SET previous_token_hash = NULL, rotated_at = created_at - interval '1 year'
     WHERE moderator_id = $1`,
    [moderatorId],
  );
