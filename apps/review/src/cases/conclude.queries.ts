import type { EntityManager } from 'typeorm';
import {
  type AuditedAct,
  concludeAppeal,
  type ConcludedLook,
  followLooks,
  type Inheritors,
  inheritorsOf,
  lockContentsLike,
  passOnDecisions,
  queueVerdicts,
  recordStatements,
  renewCurrentVerdicts,
  renewInherited,
  reopenNearCopies,
  settleCasesLike,
  wasBlocked,
} from '#libs/database';
import type { Policy } from '#libs/domain';
import { type Concluded, storeDecisions } from './decision-writes.queries.js';

/**
 * Stores one person's decisions with all that follows from them. The pictures and the cases are locked by the caller;
 * what is written here commits with the locks, together or not at all.
 * @param secondLookRate share of decisions that a second person makes again, 0–1
 * @returns how second looks and golden cases ended by that
 */
export const conclude = async (
  transaction: EntityManager,
  concluded: [Concluded, ...Concluded[]],
  policy: Policy,
  secondLookRate: number,
): Promise<ConcludedLook[]> => {
  const aboutContents = concluded.filter(({ case: { kind } }) => kind === 'content');
  const contentIds = aboutContents.map(({ case: { contentId } }) => contentId);
  const inheritors = await inheritorsOfOverturned(transaction, aboutContents);
  const affected =
    contentIds.length > 0 ? await lockContentsLike(transaction, contentIds, idsOf(inheritors)) : [];
  await storeDecisions(transaction, concluded, {
    allowDays: policy.document.humanAllowDays,
    acts: concluded.map(actOf),
  });
  if (aboutContents.length > 0)
    await changeVerdicts(transaction, aboutContents, { contentIds, affected, inheritors });
  return followLooks(transaction, concluded, secondLookRate);
};

/** Only a decision about a content says anything about it, about its picture, and about others that show the same. */
const changeVerdicts = async (
  transaction: EntityManager,
  concluded: Concluded[],
  { contentIds, affected, inheritors }: { contentIds: string[]; affected: string[]; inheritors: Inheritors },
): Promise<void> => {
  const haveOthers = affected.length > contentIds.length;
  if (haveOthers)
    await passOnDecisions(
      transaction,
      concluded.map(({ decision: { id } }) => id),
    );
  await undoInherited(transaction, concluded[0]!, inheritors);
  await concludeAppeals(transaction, concluded, inheritors);
  const changed = await renewCurrentVerdicts(transaction, affected);
  const settled = haveOthers ? await settleCasesLike(transaction, contentIds) : [];
  // Also where a block replaces a block: it is another one, on other grounds.
  await recordStatements(transaction, affected);
  await queueVerdicts(transaction, [...changed, ...settled]);
};

const nobody: Inheritors = { same: [], near: [] };
const idsOf = ({ same, near }: Inheritors): string[] => [...same, ...near.map(({ contentId }) => contentId)];

/**
 * What gateways blocked because of a block that does not hold any more: it was appealed, disputed, or undone. Only the
 * first may be that, since only open cases are decided along with another.
 */
const inheritorsOfOverturned = async (
  transaction: EntityManager,
  [first]: Concluded[],
): Promise<Inheritors> => {
  if (first?.decision.verdict !== 'allow') return nobody;
  const { id, contentId, stage } = first.case;
  const isFirstWord = stage === 'open' && first.decision.supersedesId === null;
  if (isFirstWord || !(stage === 'appealed' || (await wasBlocked(transaction, id)))) return nobody;
  return inheritorsOf(transaction, contentId);
};

const undoInherited = async (
  transaction: EntityManager,
  { case: overturned, decision }: Concluded,
  { same, near }: Inheritors,
): Promise<void> => {
  await renewInherited(transaction, same, decision.id);
  await reopenNearCopies(transaction, near, overturned.id);
};

/** One at most is an appeal, likewise. */
const concludeAppeals = async (
  transaction: EntityManager,
  concluded: Concluded[],
  inheritors: Inheritors,
): Promise<void> => {
  const appealed = concluded.find(({ case: { stage } }) => stage === 'appealed');
  if (!appealed) return;
  const { case: locked, decision } = appealed;
  await concludeAppeal(transaction, { caseId: locked.id, contentId: locked.contentId }, decision, {
    renewed: inheritors.same.length,
    reopened: inheritors.near.length,
  });
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
