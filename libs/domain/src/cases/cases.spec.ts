import { after, caseStages, caseStates, isConcluded, nextState } from './case-state.js';
import { type Lease, leaseHolds } from './lease.js';

describe('case states', () => {
  it('lead from open over a lease to a decision', () => {
    expect(after('open', 'claim')).toBe('leased');
    expect(after('leased', 'decide')).toBe('decided');
  });

  it('lead from a decision over an appeal to the end', () => {
    expect(after('decided', 'appeal')).toBe('appealed');
    expect(after('appealed', 'claim')).toBe('leased');
    expect(after('leased', 'conclude')).toBe('closed');
  });

  it('go back, from a lease that was given up, to what the case waited as', () => {
    for (const stage of caseStages) {
      expect(nextState('leased', 'release', stage)).toBe(stage);
      expect(nextState('leased', 'skip', stage)).toBe(stage);
    }
  });

  it('let nobody take or decide what is concluded', () => {
    for (const state of caseStates.filter(isConcluded))
      expect(
        (['claim', 'settle', 'renew', 'release', 'skip', 'escalate', 'decide', 'conclude'] as const).filter(
          (event) => nextState(state, event, 'open'),
        ),
      ).toEqual([]);
  });

  it('let nothing follow on a closed case', () => {
    expect(
      (['undo', 'appeal', 'dispute', 'close'] as const).map((event) => nextState('closed', event, 'open')),
    ).toEqual(Array(4).fill(undefined));
  });

  it('let only a case that nobody holds be settled by what was decided on its picture elsewhere', () => {
    expect(after('open', 'settle')).toBe('decided');
    expect(caseStates.filter((state) => nextState(state, 'settle', 'open'))).toEqual(['open', 'escalated']);
  });

  it('let only a leased case be decided, renewed or released', () => {
    const decidable = caseStates.filter((state) => nextState(state, 'decide', 'open'));
    expect(decidable).toEqual(['leased']);
  });
});

describe('leaseHolds', () => {
  const lease: Lease = { token: 't1', holderId: 'anna', expiresAt: new Date(1000) };

  it('holds for its bearer until it expires, and not at that moment', () => {
    expect(leaseHolds(lease, { token: 't1', holderId: 'anna' }, new Date(999))).toBe(true);
    expect(leaseHolds(lease, { token: 't1', holderId: 'anna' }, new Date(1000))).toBe(false);
  });

  it('does not hold for another token, another person, or no lease', () => {
    expect(leaseHolds(lease, { token: 't0', holderId: 'anna' }, new Date(0))).toBe(false);
    expect(leaseHolds(lease, { token: 't1', holderId: 'ben' }, new Date(0))).toBe(false);
    expect(leaseHolds(null, { token: 't1', holderId: 'anna' }, new Date(0))).toBe(false);
  });
});
