import { after, caseStates, nextState } from './case-state.js';
import { type Lease, leaseHolds } from './lease.js';

describe('case states', () => {
  it('lead from open over a lease to a decision', () => {
    expect(after('open', 'claim')).toBe('leased');
    expect(after('leased', 'decide')).toBe('decided');
  });

  it('allow nothing after a decision', () => {
    expect(
      (['claim', 'settle', 'renew', 'release', 'decide'] as const).map((event) =>
        nextState('decided', event),
      ),
    ).toEqual(Array(5).fill(undefined));
  });

  it('let only a case that nobody holds be settled by what was decided on its picture elsewhere', () => {
    expect(after('open', 'settle')).toBe('decided');
    expect(caseStates.filter((state) => nextState(state, 'settle'))).toEqual(['open']);
  });

  it('let only a leased case be decided, renewed or released', () => {
    const decidable = caseStates.filter((state) => nextState(state, 'decide'));
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
