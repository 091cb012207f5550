/**
 * Where a case stands. `open`, `escalated` and `appealed` wait for a person: anyone, a senior, or somebody who took no
 * part before. A leased case whose lease has run out may be claimed, or settled, as if it still waited. A decided case
 * may be appealed; a closed one has been, or may not be any more.
 */
export const caseStates = ['open', 'escalated', 'appealed', 'leased', 'decided', 'closed'] as const;
export type CaseState = (typeof caseStates)[number];

/** What a case waits as while nobody holds it: where it goes back to when it is released or its lease runs out. */
export const caseStages = ['open', 'escalated', 'appealed'] as const satisfies CaseState[];
export type CaseStage = (typeof caseStages)[number];

/**
 * Which event leads from which state to which: every path that changes a state asks this table. `back` stands for the
 * stage that the case waits as. What nobody holds is settled by a decision on the same picture under another case. A case
 * whose picture is erased is withdrawn, whoever holds it.
 */
const transitions = {
  open: { claim: 'leased', settle: 'decided', withdraw: 'closed' },
  escalated: { claim: 'leased', settle: 'decided', withdraw: 'closed' },
  appealed: { claim: 'leased', withdraw: 'closed' },
  leased: {
    claim: 'leased',
    renew: 'leased',
    release: 'back',
    skip: 'back',
    escalate: 'escalated',
    decide: 'decided',
    conclude: 'closed',
    withdraw: 'closed',
  },
  decided: { undo: 'decided', appeal: 'appealed', dispute: 'escalated', close: 'closed' },
  closed: {},
} as const satisfies Record<CaseState, Partial<Record<string, CaseState | 'back'>>>;

type Transitions = typeof transitions;
export type CaseEvent = { [S in CaseState]: keyof Transitions[S] }[CaseState];

/** The state after an event; an event that the state lacks does not compile. */
export const after = <S extends CaseState, E extends keyof Transitions[S]>(
  state: S,
  event: E,
): Exclude<Transitions[S][E], 'back'> =>
  transitions[state][event] as unknown as Exclude<Transitions[S][E], 'back'>;

/** For states known only at run time: undefined where the event does not fit. */
export const nextState = (state: CaseState, event: CaseEvent, stage: CaseStage): CaseState | undefined => {
  const next = (transitions[state] as Partial<Record<CaseEvent, CaseState | 'back'>>)[event];
  return next === 'back' ? stage : next;
};

/** No longer waiting for a person, and held by none. */
export const isConcluded = (state: CaseState): boolean => state === 'decided' || state === 'closed';

/**
 * Why a case is there. `content`: about a content, one each. `second`: another person's blind look at a decided case.
 * `golden`: a picture whose right answer is known, to see how well people decide. Only the first says anything about a
 * content; which of them a case is, its moderator is never told.
 */
export const caseKinds = ['content', 'second', 'golden'] as const;
export type CaseKind = (typeof caseKinds)[number];
