import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';

/** Who acts. */
export type Actor = { kind: 'moderator'; id: string } | { kind: 'service'; id: string } | { kind: 'system' };

/** What was done, to what. */
export interface AuditedAct {
  /** `<subject>.<past participle>`: `case.decided`, `policy.published`, `image.viewed` */
  act: string;
  subject: { kind: string; id: string };
  /** what an auditor needs beside it; never a secret */
  details?: Record<string, unknown>;
}

/**
 * Writes down an act in its own transaction: both commit, or neither. Costs one insert; the hash chain is made just
 * after the commit, by the sealer.
 */
export const recordAudit = async (
  transaction: EntityManager,
  actor: Actor,
  acts: AuditedAct | AuditedAct[],
): Promise<void> => {
  const entries = [acts]
    .flat()
    .map(({ act, subject, details = {} }) => ({ id: uuidv7(), act, subject, details }));
  await transaction.query(
    `INSERT INTO audit_entry (id, at, actor_kind, actor_id, act, subject_kind, subject_id, details)
     SELECT id, clock_timestamp(), $1, $2, act, subject->>'kind', subject->>'id', details
     FROM jsonb_to_recordset($3) AS entry (id uuid, act text, subject jsonb, details jsonb)`,
    [actor.kind, actor.kind === 'system' ? null : actor.id, JSON.stringify(entries)],
  );
};
