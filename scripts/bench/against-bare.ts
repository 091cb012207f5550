import { atLeast, type BenchRow, figure, percentile } from './report.js';

/** How many pictures a loop in a process of its own is asked for. */
export interface Turn {
  pictures: number;
}

/** What they took. */
export interface Cost {
  perSecond: number;
  cpuMsPerPicture: number;
}

/** A round of both, one after the other. */
export interface Round {
  bare: Cost;
  worker: Cost;
}

/** Both by turns, every other round the other way, so that none always has the warmer machine. */
export const roundsOf = async (
  count: number,
  sides: Record<keyof Round, () => Promise<Cost>>,
): Promise<Round[]> => {
  const rounds: Round[] = [];
  for (let at = 0; at < count; at++) {
    const first = at % 2 === 0 ? await sides.bare() : undefined;
    const worker = await sides.worker();
    rounds.push({ worker, bare: first ?? (await sides.bare()) });
  }
  return rounds;
};

/** @returns the median over rounds of what `of` says of one */
export const middleOf = (rounds: readonly Round[], of: (round: Round) => number): number =>
  percentile(rounds.map(of), 0.5);

/** Pictures a second of the worker beside those of a bare loop, medians, and their ratio. */
export const rateRows = (name: string, workerName: string, rounds: readonly Round[]): BenchRow[] => [
  figure(
    `${name}: bare loop`,
    'pictures/s',
    middleOf(rounds, ({ bare }) => bare.perSecond),
  ),
  figure(
    `${name}: ${workerName}`,
    'pictures/s',
    middleOf(rounds, ({ worker }) => worker.perSecond),
  ),
  atLeast(
    `${name}: throughput / bare loop`,
    'ratio',
    middleOf(rounds, ({ bare, worker }) => worker.perSecond / bare.perSecond),
    0.9,
  ),
];

/** The same by processor time, which a busy machine changes least. */
export const cpuRatioRow = (name: string, rounds: readonly Round[]): BenchRow =>
  atLeast(
    `${name}: pictures per CPU second / bare loop`,
    'ratio',
    middleOf(rounds, ({ bare, worker }) => bare.cpuMsPerPicture / worker.cpuMsPerPicture),
    0.9,
  );
