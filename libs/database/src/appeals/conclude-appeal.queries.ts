import { queueWebhook } from '../webhooks/outbox.queries.js';
import type { HumanVerdict } from '#libs/domain';
import type { EntityManager } from 'typeorm';
import { recordAudit } from '../audit/record-audit.js';
import { prepared } from '../connection/prepared.js';

/** The decision that answers an appeal. */
export interface AppealDecision {
  id: string;
  moderatorId: string;
  verdict: HumanVerdict;
  decidedAt: Date;
}

interface ConcludedAppeal {
  id: string;
  reference: string | null;
  filedAt: Date;
}

/** What an overturned block was undone for besides its own content, in contents. */
export interface AlsoUndone {
  /** allowed with it */
  renewed: number;
  /** looked at anew */
  reopened: number;
}

/**
 * Concludes the appeal that a case waited for: upheld by another block, overturned by an allow. Call it in the deciding
 * transaction, once the decision is stored; does nothing where no appeal is open on the case.
 */
export const concludeAppeal = async (
  transaction: EntityManager,
  { caseId, contentId }: { caseId: string; contentId: string },
  decision: AppealDecision,
  alsoUndone: AlsoUndone,
): Promise<void> => {
  const outcome = decision.verdict === 'block' ? 'upheld' : 'overturned';
  // appeal_case_id_idx
  const [appeal] = await prepared<ConcludedAppeal>(
    transaction,
    `UPDATE appeal SET state = $2, decision_id = $3, concluded_at = $4
     WHERE case_id = $1 AND state = 'open'
     RETURNING id, reference, filed_at AS "filedAt"`,
    [caseId, outcome, decision.id, decision.decidedAt],
  );
  if (!appeal) return;
  await recordAudit(
    transaction,
    { kind: 'moderator', id: decision.moderatorId },
    {
      act: `appeal.${outcome}`,
      subject: { kind: 'appeal', id: appeal.id },
      details: {
        caseId,
        contentId,
        decisionId: decision.id,
        ...(outcome === 'overturned' ? alsoUndone : {}),
      },
    },
  );
  await queueWebhook(transaction, [
    {
      type: 'appeal.decided',
      contentId,
      data: {
        appealId: appeal.id,
        contentId,
        reference: appeal.reference,
        outcome,
        verdict: decision.verdict,
        filedAt: appeal.filedAt.toISOString(),
        decidedAt: decision.decidedAt.toISOString(),
      },
    },
  ]);
};
