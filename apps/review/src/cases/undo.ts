import type { DecisionEntity } from '#libs/database';
import { nextState } from '#libs/domain';
import { withinUndo } from './case-actions.js';
import type { LockedCase } from './locked-case.queries.js';

/** Why a decision cannot be undone, in words for whoever tried. */
export const undoRefusals = {
  not_last: 'It is not the last decision on this case.',
  not_yours: 'Somebody else made it.',
  too_late: 'The time in which it could be undone is over.',
  not_decided: 'The case has moved on: it is closed, or waits for somebody again.',
  token_used: 'This token was used for another verdict, reason or note.',
} as const;
export type UndoRefusal = keyof typeof undoRefusals;

/** What stands against undoing a decision, if anything does. */
export const undoRefusal = (
  { state, stage, now }: Pick<LockedCase, 'state' | 'stage' | 'now'>,
  last: Pick<DecisionEntity, 'id' | 'moderatorId' | 'decidedAt'> | null,
  wanted: { decisionId: string; moderatorId: string },
  undoSeconds: number,
): UndoRefusal | undefined => {
  if (last?.id !== wanted.decisionId) return 'not_last';
  if (last.moderatorId !== wanted.moderatorId) return 'not_yours';
  if (nextState(state, 'undo', stage) === undefined) return 'not_decided';
  return withinUndo(last.decidedAt, now, undoSeconds) ? undefined : 'too_late';
};
