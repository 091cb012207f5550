import type { Verdict } from '#libs/domain';

/** Why a content cannot be appealed, in words for whoever tried. */
export const appealRefusals = {
  erased: 'Its picture was erased: there is nothing left that a person could look at.',
  not_blocked: 'It is not blocked: there is nothing to appeal.',
  not_final: 'It has not been decided for good: a model or a person is still to come.',
  appeal_open: 'Another appeal about it is open.',
  already_appealed: 'An appeal about it was decided already, and there is only one.',
  too_late: 'The time in which it could be appealed is over.',
} as const;
export type AppealRefusal = keyof typeof appealRefusals;

/** What decides whether a content may be appealed. */
export interface Appealable {
  isErased: boolean;
  verdict: Verdict | null;
  isFinal: boolean;
  /** of appeals about it and of its own case */
  hasOpenAppeal: boolean;
  isCaseClosed: boolean;
  /** as its statement of reasons says; null: the restriction is itself the answer to a complaint */
  until: Date | null;
  now: Date;
}

/** What stands against an appeal, if anything does. The last moment is too late. Pure. */
export const appealRefusal = (content: Appealable): AppealRefusal | undefined => {
  if (content.isErased) return 'erased';
  if (content.hasOpenAppeal) return 'appeal_open';
  if (content.isCaseClosed) return 'already_appealed';
  if (content.verdict !== 'block')
    return content.verdict === 'allow' && content.isFinal ? 'not_blocked' : 'not_final';
  if (!content.isFinal) return 'not_final';
  if (content.until === null) return 'already_appealed';
  return content.now < content.until ? undefined : 'too_late';
};
