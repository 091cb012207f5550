import type { EntityManager } from 'typeorm';
import type { HumanVerdict } from '#libs/domain';
import { compareAgain, concludeBlindLook, type ConcludedLook } from './blind-look.queries.js';
import { type ConcludedCase, drawSecondLooks, keepFromSecondLooks } from './second-looks.queries.js';

/** Decisions that are stored, and the cases that they concluded. */
export type StoredConclusion = ConcludedCase & {
  decision: ConcludedCase['decision'] & { verdict: HumanVerdict; decidedAt: Date };
};

/**
 * What decisions mean for how well people decide: looks that they were are compared, and a share of the others is put
 * before a second person. Call it last in the deciding transaction, with the pictures and the cases locked.
 * @param secondLookRate 0–1
 * @returns how looks ended by that
 */
export const followLooks = async (
  transaction: EntityManager,
  concluded: StoredConclusion[],
  secondLookRate: number,
): Promise<ConcludedLook[]> => {
  await keepFromSecondLooks(transaction, concluded);
  const looks: ConcludedLook[] = [];
  for (const { case: decided, decision } of concluded) {
    const isLook = decided.kind !== 'content';
    if (!isLook && decision.supersedesId === null) continue;
    const look = isLook
      ? await concludeBlindLook(transaction, decided, decision)
      : await compareAgain(transaction, decided);
    if (look) looks.push(look);
  }
  await drawSecondLooks(transaction, concluded, secondLookRate);
  return looks;
};
