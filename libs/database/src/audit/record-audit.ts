import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { prepared } from '../connection/prepared.js';

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

/** Acts as the third parameter of `insertAuditSql`. */
export const auditEntriesOf = (acts: AuditedAct[]): string =>
  JSON.stringify(acts.map(({ act, subject, details = {} }) => ({ id: uuidv7(), act, subject, details })));

/**
 * What writes acts down, also as a part of the statement that does them, where people wait for it.
 *
 * @param kind `$n` of the actor's kind
 * @param id `$n` of the actor's id, null for the system
 * @param entries `$n` of `auditEntriesOf`
 */
export const insertAuditSql = (kind: string, id: string, entries: string): string => `
  INSERT INTO audit_entry (id, at, actor_kind, actor_id, act, subject_kind, subject_id, details)
  SELECT id, clock_timestamp(), ${kind}, ${id}, act, subject->>'kind', subject->>'id', details
  FROM jsonb_to_recordset(${entries}) AS entry (id uuid, act text, subject jsonb, details jsonb)`;

const recordSql = insertAuditSql('$1', '$2', '$3');

/**
 * Writes down an act in its own transaction: both commit, or neither. Costs one insert; the hash chain is made just
 * after the commit, by the sealer.
 */
export const recordAudit = async (
  transaction: EntityManager,
  actor: Actor,
  acts: AuditedAct | AuditedAct[],
): Promise<void> => {
  const actorId = actor.kind === 'system' ? null : actor.id;
  await prepared(transaction, recordSql, [actor.kind, actorId, auditEntriesOf([acts].flat())]);
};
