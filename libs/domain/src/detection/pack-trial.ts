/** Where a pack stands that was put on trial. */
export const trialStates = ['running', 'stopped', 'promoted', 'rolled_back'] as const;
export type TrialState = (typeof trialStates)[number];
export type TrialEvent = 'stop' | 'promote' | 'roll_back';

const transitions: Record<TrialState, Partial<Record<TrialEvent, TrialState>>> = {
  running: { stop: 'stopped', promote: 'promoted' },
  promoted: { roll_back: 'rolled_back' },
  stopped: {},
  rolled_back: {},
};

/** Undefined where the table has no such step. */
export const nextTrialState = (state: TrialState, event: TrialEvent): TrialState | undefined =>
  transitions[state][event];

/** A pack that runs beside another one on a share of the pictures that this one looks at. */
export interface PackTrial {
  pack: string;
  version: string;
  /** the pack whose place it may take */
  against: string;
  /** of the pictures, 0–1, drawn by their ids */
  share: number;
  state: TrialState;
}

/** What trials make of the packs that are there. */
export interface PackStanding<Trial extends PackTrial = PackTrial> {
  /** those that look at nothing: on trial, or found wanting, or replaced */
  out: ReadonlySet<string>;
  /** pack → which one looks in its place */
  replacedBy: ReadonlyMap<string, string>;
  onTrial: Trial[];
}

/**
 * Who judges and who is on trial. Only the last trial of each pack counts; a pack that was never tried judges, as whoever
 * put it there wants it. One that was promoted judges in the place of the other, where it is there; where it is not, the
 * other goes on.
 *
 * @param packs that are there: version by name
 * @param trials the last one of each pack
 */
export const packStanding = <Trial extends PackTrial>(
  packs: ReadonlyMap<string, string>,
  trials: readonly Trial[],
): PackStanding<Trial> => {
  const isHere = ({ pack, version }: Trial): boolean => packs.get(pack) === version;
  const promoted = trials.filter((trial) => trial.state === 'promoted' && isHere(trial));
  const direct = new Map(promoted.map(({ pack, against }) => [against, pack]));
  const inPlaceOf = (pack: string): string => {
    // No pack is put on trial while it is replaced, so there is no circle; were there one, this would still end.
    const passed = new Set([pack]);
    for (let next = direct.get(pack); ; next = direct.get(pack)) {
      if (next === undefined || passed.has(next)) return pack;
      passed.add(next);
      pack = next;
    }
  };
  const replacedBy = new Map([...direct.keys()].map((pack) => [pack, inPlaceOf(pack)]));
  const untrusted = trials
    .filter((trial) => trial.state !== 'promoted' || !isHere(trial))
    .map(({ pack }) => pack);
  return {
    out: new Set([...untrusted, ...replacedBy.keys()]),
    replacedBy,
    onTrial: trials.filter((trial) => trial.state === 'running' && isHere(trial)),
  };
};
