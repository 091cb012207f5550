import { type CaseEvent, type CaseKind, type CaseStage, type CaseState, nextState } from '#libs/domain';
import type { Viewer } from './viewer.js';

/** What a person may do with a case that they hold, or have decided. */
export const actionNames = ['decide', 'renew', 'release', 'skip', 'escalate', 'undo'] as const;
export type CaseAction = (typeof actionNames)[number];

/** What decides which actions there are. */
export interface Actionable {
  kind: CaseKind;
  state: CaseState;
  stage: CaseStage;
  leaseHolderId: string | null;
  leaseExpiresAt: Date | null;
  decision: { moderatorId: string; decidedAt: Date | string } | null;
  now: Date;
}

/** Whether a decision may still be replaced by the person who made it. The last moment is too late. */
export const withinUndo = (decidedAt: Date, now: Date, undoSeconds: number): boolean =>
  now.getTime() < decidedAt.getTime() + undoSeconds * 1000;

const holdersActions = actionNames.filter((action) => action !== 'undo');

/** The actions that the table of states, the lease and the clock leave open to a person. */
export const caseActions = (row: Actionable, viewer: Viewer, undoSeconds: number): CaseAction[] => {
  const leadsSomewhere = (event: CaseEvent): boolean => nextState(row.state, event, row.stage) !== undefined;
  const holds =
    row.leaseHolderId === viewer.id && row.leaseExpiresAt !== null && row.now < row.leaseExpiresAt;
  if (holds) return holdersActions.filter(leadsSomewhere);
  const mayUndo =
    row.decision?.moderatorId === viewer.id &&
    withinUndo(new Date(row.decision.decidedAt), row.now, undoSeconds) &&
    leadsSomewhere('undo');
  return mayUndo ? ['undo'] : [];
};
