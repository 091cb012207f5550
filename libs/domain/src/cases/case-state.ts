/** Where a case stands. A leased case whose lease has run out may be claimed, or settled, as if it were open. */
export const caseStates = ['open', 'leased', 'decided'] as const;
export type CaseState = (typeof caseStates)[number];

/**
 * Which event leads from which state to which: every path that changes a state asks this table. What nobody holds is
 * settled by a decision on the same picture under another case.
 */
const transitions = {
  open: { claim: 'leased', settle: 'decided' },
  leased: { claim: 'leased', renew: 'leased', release: 'open', decide: 'decided' },
  decided: {},
} as const satisfies Record<CaseState, Partial<Record<string, CaseState>>>;

type Transitions = typeof transitions;
export type CaseEvent = { [S in CaseState]: keyof Transitions[S] }[CaseState];

/** The state after an event; an event that the state lacks does not compile. */
export const after = <S extends CaseState, E extends keyof Transitions[S]>(
  state: S,
  event: E,
): Transitions[S][E] => transitions[state][event];

/** For states known only at run time: undefined where the event does not fit. */
export const nextState = (state: CaseState, event: CaseEvent): CaseState | undefined =>
  (transitions[state] as Partial<Record<CaseEvent, CaseState>>)[event];
