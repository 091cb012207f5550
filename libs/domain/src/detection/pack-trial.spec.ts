import { describe, expect, it } from '@jest/globals';
import { nextTrialState, type PackTrial, packStanding } from './pack-trial.js';

const here = new Map([
  ['old', '1'],
  ['new', '1'],
  ['newer', '1'],
]);
const aTrial = (facts: Partial<PackTrial> = {}): PackTrial => ({
  pack: 'new',
  version: '1',
  against: 'old',
  share: 0.1,
  state: 'running',
  ...facts,
});

describe('A pack', () => {
  it('that was never tried judges', () =>
    expect(packStanding(here, [])).toEqual({ out: new Set(), replacedBy: new Map(), onTrial: [] }));

  it('on trial judges nothing, and is shown its share', () =>
    expect(packStanding(here, [aTrial()])).toEqual({
      out: new Set(['new']),
      replacedBy: new Map(),
      onTrial: [aTrial()],
    }));

  it.each(['stopped', 'rolled_back'] as const)('whose trial was %s judges nothing', (state) =>
    expect(packStanding(here, [aTrial({ state })])).toEqual({
      out: new Set(['new']),
      replacedBy: new Map(),
      onTrial: [],
    }),
  );

  it('that was promoted judges in the place of the other, and may be replaced itself', () => {
    const promoted = aTrial({ state: 'promoted' });
    expect(packStanding(here, [promoted])).toEqual({
      out: new Set(['old']),
      replacedBy: new Map([['old', 'new']]),
      onTrial: [],
    });
    const next = aTrial({ pack: 'newer', against: 'new', state: 'promoted' });
    expect(packStanding(here, [promoted, next])).toMatchObject({
      out: new Set(['old', 'new']),
      replacedBy: new Map([
        ['old', 'newer'],
        ['new', 'newer'],
      ]),
    });
    expect(packStanding(here, [promoted, { ...next, state: 'rolled_back' }])).toMatchObject({
      out: new Set(['newer', 'old']),
      replacedBy: new Map([['old', 'new']]),
    });
  });

  it.each([
    ['is not here', new Map([['old', '1']])],
    ['is here in another version', new Map([...here, ['new', '2']])],
  ])('goes on where the one that was promoted %s', (_where, packs) => {
    const { out, replacedBy, onTrial } = packStanding(packs, [aTrial({ state: 'promoted' })]);
    expect(out.has('old')).toBe(false);
    expect([replacedBy.size, onTrial.length]).toEqual([0, 0]);
  });

  it('is never lost in a circle', () => {
    const circle = [
      aTrial({ state: 'promoted' }),
      aTrial({ pack: 'old', against: 'new', state: 'promoted' }),
    ];
    expect([...packStanding(here, circle).replacedBy.values()]).toHaveLength(2);
  });
});

describe('A trial', () => {
  it('is stopped or promoted while it runs, and rolled back once it was promoted', () => {
    expect(nextTrialState('running', 'stop')).toBe('stopped');
    expect(nextTrialState('running', 'promote')).toBe('promoted');
    expect(nextTrialState('promoted', 'roll_back')).toBe('rolled_back');
    expect(nextTrialState('promoted', 'stop')).toBeUndefined();
    expect(nextTrialState('stopped', 'promote')).toBeUndefined();
    expect(nextTrialState('rolled_back', 'promote')).toBeUndefined();
  });
});
