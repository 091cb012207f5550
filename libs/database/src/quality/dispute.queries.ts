import type { EntityManager } from 'typeorm';
import { after, type CaseState, type HumanVerdict, seniorQueue } from '#libs/domain';
import { recordAudit } from '../audit/record-audit.js';
import { renewCurrentVerdicts } from '../content/current-verdict.queries.js';
import { lockContentsLike } from '../known-content/same-picture.queries.js';
import { queueVerdicts } from '../webhooks/verdict-events.queries.js';

/** Two people's words on one decided case that are not the same. */
export interface Disagreement {
  /** of the second look */
  lookCaseId: string;
  first: { decisionId: string; verdict: HumanVerdict };
  second: { decisionId: string; verdict: HumanVerdict; moderatorId: string };
}

/** A decided case whose row is locked. */
export interface DecidedCase {
  id: string;
  contentId: string;
  state: CaseState;
}

/**
 * Hands a decided case to a senior who is neither of the two. What was decided first holds until then, but not for
 * good. Nothing happens where the case is not decided any more: it is disputed already, appealed, or closed. Call it with
 * the picture and the case locked. moderation_case_pkey.
 */
export const dispute = async (
  transaction: EntityManager,
  { id, contentId, state }: DecidedCase,
  { lookCaseId, first, second }: Disagreement,
): Promise<boolean> => {
  if (state !== 'decided') return false;
  const next = after(state, 'dispute');
  await transaction.query(
    `UPDATE moderation_case
     SET state = $2, stage = $2, queue = $3, due_at = clock_timestamp(), sla_at = NULL, decided_at = NULL WHERE id = $1`,
    [id, next, seniorQueue],
  );
  await transaction.query(
    `INSERT INTO case_exclusion (case_id, moderator_id, reason, at) VALUES ($1, $2, 'decided', clock_timestamp())
     ON CONFLICT DO NOTHING`,
    [id, second.moderatorId],
  );
  const affected = await lockContentsLike(transaction, [contentId]);
  await queueVerdicts(transaction, await renewCurrentVerdicts(transaction, affected));
  await recordAudit(
    transaction,
    { kind: 'system' },
    {
      act: 'case.disputed',
      subject: { kind: 'case', id },
      details: {
        contentId,
        lookCaseId,
        decisionId: first.decisionId,
        verdict: first.verdict,
        secondDecisionId: second.decisionId,
        secondVerdict: second.verdict,
      },
    },
  );
  return true;
};
