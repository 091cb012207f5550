import { describe, expect, it } from '@jest/globals';
import { caseStages, caseStates } from '#libs/domain';
import { type Actionable, caseActions } from './case-actions.js';
import { undoRefusal } from './undo.js';

const kim = { id: 'kim', role: 'moderator' } as const;
const lee = { id: 'lee', role: 'admin' } as const;
const now = new Date(100_000);
const undoSeconds = 60;
const decidedAt = (ms: number) => ({ id: 'first', moderatorId: 'kim', decidedAt: new Date(ms) });

const held: Actionable = {
  kind: 'content',
  state: 'leased',
  stage: 'open',
  leaseHolderId: 'kim',
  leaseExpiresAt: new Date(100_001),
  decision: null,
  now,
};
const decided: Actionable = {
  ...held,
  state: 'decided',
  leaseHolderId: null,
  leaseExpiresAt: null,
  decision: decidedAt(90_000),
};

describe('what a person may do with a case', () => {
  it('is to decide it or give it on, while they hold it', () => {
    const actions = ['decide', 'renew', 'release', 'skip', 'escalate'];
    for (const stage of caseStages)
      expect(caseActions({ ...held, stage }, kim, undoSeconds)).toEqual(actions);
  });

  it('is nothing where somebody else holds it, or the lease has run out', () => {
    expect(caseActions(held, lee, undoSeconds)).toEqual([]);
    expect(caseActions({ ...held, leaseExpiresAt: now }, kim, undoSeconds)).toEqual([]);
  });

  it('is to undo their own decision, for as long as that is allowed', () => {
    expect(caseActions(decided, kim, undoSeconds)).toEqual(['undo']);
    expect(caseActions(decided, lee, undoSeconds)).toEqual([]);
    expect(caseActions({ ...decided, decision: decidedAt(40_000) }, kim, undoSeconds)).toEqual([]);
    expect(caseActions({ ...decided, decision: decidedAt(40_001) }, kim, undoSeconds)).toEqual(['undo']);
  });

  it('is to undo nothing once the case has moved on', () => {
    for (const state of caseStates.filter((each) => each !== 'decided'))
      expect(caseActions({ ...decided, state }, kim, undoSeconds)).toEqual([]);
  });

  it('is undone exactly where it is offered', () => {
    for (const state of caseStates)
      for (const at of [0, 40_000, 40_001, 99_999]) {
        const decision = decidedAt(at);
        const row = { ...decided, state, decision };
        const refusal = undoRefusal(row, decision, { decisionId: 'first', moderatorId: 'kim' }, undoSeconds);
        expect(refusal === undefined).toBe(caseActions(row, kim, undoSeconds).includes('undo'));
      }
  });
});
