import { seeded } from '../../../test/fixtures/pictures.js';
import type { ChaosOptions } from '../options.js';

/** What can be broken. */
export const faultKinds = [
  'kill worker',
  'kill review',
  'kill gateway',
  'stop broker',
  'restart postgres',
  'stall s3',
  'cut postgres',
  'cut kafka',
  'cut s3',
  'slow postgres',
  'slow kafka',
  'slow s3',
  'rolling restart',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface PlannedFault {
  kind: FaultKind;
  /** share of the uploads begun, 0–1, at which it comes: so that it meets traffic whatever the machine's speed */
  at: number;
  /** how long it lasts, where that can be chosen */
  seconds: number;
  /** which of several processes, and which of two ways */
  coin: boolean;
}

/** A round breaks everything at least once, and workers twice; the long form plays several. */
const uploadsOfARound = 10_000;
const earliest = 0.03;
const latest = 0.9;

const secondsOf: Partial<Record<FaultKind, [least: number, most: number]>> = {
  // The issue's number: longer than most clients' patience, shorter than the outage that wakes somebody.
  'stop broker': [20, 20],
  'stall s3': [6, 12],
  'cut postgres': [1, 4],
  'cut kafka': [1, 4],
  'cut s3': [1, 4],
  'slow postgres': [4, 8],
  'slow kafka': [4, 8],
  'slow s3': [4, 8],
};

/** All kinds in random order at random moments: the same seed, the same plan. */
export const scheduleFaults = (
  seed: number,
  { uploads, faults, bus, blobs }: Pick<ChaosOptions, 'uploads' | 'faults' | 'bus' | 'blobs'>,
): PlannedFault[] => {
  if (faults === 'none') return [];
  const random = seeded(seed + 77_777);
  const kinds = faults === 'rolling' ? rolling : kindsFor(bus, blobs);
  const rounds = Math.max(1, Math.round(uploads / uploadsOfARound));
  const all = Array.from({ length: rounds }, () => shuffled(kinds, random)).flat();
  const step = (latest - earliest) / all.length;
  return all.map((kind, place) => {
    const [least, most] = secondsOf[kind] ?? [0, 0];
    return {
      kind,
      // Somewhere in its own stretch: two may follow each other at once, or run into each other.
      at: earliest + step * (place + random()),
      seconds: least + (most - least) * random(),
      coin: random() < 0.5,
    };
  });
};

const rolling: FaultKind[] = ['rolling restart', 'rolling restart'];

const kindsFor = (bus: ChaosOptions['bus'], blobs: ChaosOptions['blobs']): FaultKind[] => [
  ...faultKinds.filter(
    (kind) =>
      (bus === 'kafka' || !['stop broker', 'cut kafka', 'slow kafka'].includes(kind)) &&
      (blobs === 's3' || !kind.endsWith(' s3')),
  ),
  'kill worker',
];

const shuffled = (kinds: readonly FaultKind[], random: () => number): FaultKind[] => {
  const all = [...kinds];
  for (let at = all.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [all[at], all[other]] = [all[other]!, all[at]!];
  }
  return all;
};
