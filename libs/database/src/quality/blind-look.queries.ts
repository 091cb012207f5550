import type { EntityManager } from 'typeorm';
import type { CaseKind, HumanVerdict } from '#libs/domain';
import { prepared } from '../connection/prepared.js';
import { type DecidedCase, dispute } from './dispute.queries.js';

/** How a look ended: as the right answer, or the first person, says; otherwise; or otherwise, and a senior decides. */
export type LookOutcome = 'agreed' | 'disagreed' | 'disputed';
export interface ConcludedLook {
  kind: Exclude<CaseKind, 'content'>;
  outcome: LookOutcome;
}

interface LookDecision {
  id: string;
  moderatorId: string;
  verdict: HumanVerdict;
  decidedAt: Date;
}

interface Look {
  caseId: string;
  kind: ConcludedLook['kind'];
  parentCaseId: string | null;
}

/**
 * Compares a decision on a second look or a golden case with what it is to be compared with, and keeps the comparison;
 * of a decision that replaces an earlier one likewise. Where two people disagree about a decided case, a senior gets it.
 * It says nothing about any content itself. Call it in the deciding transaction, with the picture locked and the decision
 * stored. quality_look_pkey.
 * @returns undefined for a case that nothing is known to compare with
 */
export const concludeBlindLook = async (
  transaction: EntityManager,
  { id: caseId }: { id: string },
  decision: LookDecision,
): Promise<ConcludedLook | undefined> => {
  const [look] = await prepared<Look>(
    transaction,
    `SELECT case_id AS "caseId", kind, parent_case_id AS "parentCaseId" FROM quality_look WHERE case_id = $1 FOR UPDATE`,
    [caseId],
  );
  if (!look) return undefined;
  if (look.parentCaseId !== null)
    return compareWithFirst(transaction, { caseId, parentCaseId: look.parentCaseId }, decision);
  const [{ agreed }] = (await prepared<{ agreed: boolean }>(
    transaction,
    `UPDATE quality_look
     SET decision_id = $2, moderator_id = $3, verdict = $4, concluded_at = $5, withdrawn_at = NULL
     WHERE case_id = $1 RETURNING verdict = expected AS agreed`,
    [caseId, decision.id, decision.moderatorId, decision.verdict, decision.decidedAt],
  )) as [{ agreed: boolean }];
  return { kind: look.kind, outcome: agreed ? 'agreed' : 'disagreed' };
};

/**
 * A first decision that is replaced is compared anew with the second look that was taken at it, if one was.
 * quality_look_parent_case_id_key.
 */
export const compareAgain = async (
  transaction: EntityManager,
  { id: parentCaseId }: { id: string },
): Promise<ConcludedLook | undefined> => {
  const [look] = await prepared<LookDecision & { caseId: string }>(
    transaction,
    `SELECT case_id AS "caseId", decision_id AS id, moderator_id AS "moderatorId", verdict,
            concluded_at AS "decidedAt"
     FROM quality_look WHERE parent_case_id = $1 AND concluded_at IS NOT NULL FOR UPDATE`,
    [parentCaseId],
  );
  if (!look) return undefined;
  const { caseId, ...decision } = look;
  return compareWithFirst(transaction, { caseId, parentCaseId }, decision);
};

/** With the first person's word that holds at this moment: they may have replaced it since. */
const compareWithFirst = async (
  transaction: EntityManager,
  { caseId, parentCaseId }: { caseId: string; parentCaseId: string },
  decision: LookDecision,
): Promise<ConcludedLook | undefined> => {
  // Every one who decides on this case holds the picture's lock before, as this transaction does: nobody waits in a ring.
  const [parent] = await prepared<DecidedCase>(
    transaction,
    `SELECT id, content_id AS "contentId", state FROM moderation_case WHERE id = $1 FOR UPDATE`,
    [parentCaseId],
  );
  const [first] = await prepared<{ decisionId: string; moderatorId: string; verdict: HumanVerdict }>(
    transaction,
    `SELECT id AS "decisionId", moderator_id AS "moderatorId", verdict FROM decision WHERE case_id = $1
     ORDER BY decided_at DESC, id DESC LIMIT 1`,
    [parentCaseId],
  );
  // Who held the second look while they decided the case itself has nobody to agree with.
  if (!parent || !first || first.moderatorId === decision.moderatorId) return undefined;
  await prepared(
    transaction,
    `UPDATE quality_look
     SET expected = $2, first_decision_id = $3, first_moderator_id = $4, decision_id = $5, moderator_id = $6,
         verdict = $7, concluded_at = $8, withdrawn_at = NULL
     WHERE case_id = $1`,
    [
      caseId,
      first.verdict,
      first.decisionId,
      first.moderatorId,
      decision.id,
      decision.moderatorId,
      decision.verdict,
      decision.decidedAt,
    ],
  );
  if (first.verdict === decision.verdict) return { kind: 'second', outcome: 'agreed' };
  const second = { decisionId: decision.id, verdict: decision.verdict, moderatorId: decision.moderatorId };
  const isDisputed = await dispute(transaction, parent, { lookCaseId: caseId, first, second });
  return { kind: 'second', outcome: isDisputed ? 'disputed' : 'disagreed' };
};
