import type { EntityManager } from 'typeorm';
import {
  type AuditedAct,
  concludeAppeal,
  lockContentsLike,
  passOnDecisions,
  queueVerdicts,
  recordAudit,
  recordStatements,
  renewCurrentVerdicts,
  settleCasesLike,
} from '#libs/database';
import type { Policy } from '#libs/domain';
import { type Concluded, rememberPictures, storeDecisions } from './decision-writes.queries.js';

/**
 * Stores one person's decisions with all that follows from them. The pictures and the cases are locked by the caller;
 * what is written here commits with the locks, together or not at all.
 */
export const conclude = async (
  transaction: EntityManager,
  concluded: [Concluded, ...Concluded[]],
  policy: Policy,
): Promise<void> => {
  const aboutContents = concluded.filter(({ case: { kind } }) => kind === 'content');
  const contentIds = aboutContents.map(({ case: { contentId } }) => contentId);
  const affected = contentIds.length > 0 ? await lockContentsLike(transaction, contentIds) : [];
  await storeDecisions(transaction, concluded);
  if (aboutContents.length > 0)
    await changeVerdicts(
      transaction,
      aboutContents,
      { contentIds, affected },
      policy.document.humanAllowDays,
    );
  await recordAudit(
    transaction,
    { kind: 'moderator', id: concluded[0].decision.moderatorId },
    concluded.map(actOf),
  );
};

/** Only a decision about a content says anything about it, about its picture, and about others that show the same. */
const changeVerdicts = async (
  transaction: EntityManager,
  concluded: Concluded[],
  { contentIds, affected }: { contentIds: string[]; affected: string[] },
  allowDays: number,
): Promise<void> => {
  await rememberPictures(transaction, concluded, allowDays);
  const haveOthers = affected.length > contentIds.length;
  if (haveOthers)
    await passOnDecisions(
      transaction,
      concluded.map(({ decision: { id } }) => id),
    );
  await concludeAppeals(transaction, concluded);
  const changed = await renewCurrentVerdicts(transaction, affected);
  const settled = haveOthers ? await settleCasesLike(transaction, contentIds) : [];
  // Also where a block replaces a block: it is another one, on other grounds.
  await recordStatements(transaction, affected);
  await queueVerdicts(transaction, [...changed, ...settled]);
};

const concludeAppeals = async (transaction: EntityManager, concluded: Concluded[]): Promise<void> => {
  for (const { case: locked, decision } of concluded)
    if (locked.stage === 'appealed')
      await concludeAppeal(transaction, { caseId: locked.id, contentId: locked.contentId }, decision);
};

const actOf = ({ case: { id, contentId }, decision }: Concluded): AuditedAct => ({
  act: decision.supersedesId === null ? 'case.decided' : 'case.undone',
  subject: { kind: 'case', id },
  details: {
    decisionId: decision.id,
    contentId,
    verdict: decision.verdict,
    reason: decision.reason,
    ...(decision.supersedesId === null ? {} : { supersedesId: decision.supersedesId }),
    ...(decision.madeWithId === null ? {} : { madeWithId: decision.madeWithId }),
  },
});
