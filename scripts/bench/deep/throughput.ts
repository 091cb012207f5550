import { availableParallelism } from 'node:os';
import { buildModelPacks } from '../../start/model-packs.js';
import { MeasuringProcess } from '../bus/measuring-process.js';
import { atLeast, type BenchRow, figure, percentile } from '../report.js';

/** Which loop, and how many pictures each time it is asked. */
export interface Turn {
  pictures: number;
}

export interface Cost {
  perSecond: number;
  cpuMsPerPicture: number;
}

const threads = availableParallelism();

/**
 * NSFW and goods on small photos: the worker's classes, from the event to what is published, against a bare loop that
 * decodes each photo once and runs the same models in as many threads. A process each, turn by turn.
 */
export const throughputRows = async (isQuick: boolean): Promise<BenchRow[]> => {
  await buildModelPacks(new AbortController().signal, () => undefined);
  const start = (loop: string) => MeasuringProcess.start<Turn, Cost>(`../deep/${loop}`, [String(threads)]);
  const bare = await start('bare-models');
  const worker = await start('worker-loop');
  try {
    const pictures = isQuick ? 80 : 300;
    const rounds: { bare: Cost; worker: Cost }[] = [];
    for (const each of [bare, worker]) await each.ask({ pictures: 40 });
    for (let round = 0; round < (isQuick ? 3 : 6); round++) {
      // every other round the other way, so that none always has the warmer machine
      const first = round % 2 === 0 ? await bare.ask({ pictures }) : undefined;
      const own = await worker.ask({ pictures });
      rounds.push({ worker: own, bare: first ?? (await bare.ask({ pictures })) });
    }
    return rowsOf(rounds);
  } finally {
    await bare.stop();
    await worker.stop();
  }
};

const rowsOf = (rounds: { bare: Cost; worker: Cost }[]): BenchRow[] => {
  const middle = (of: (round: (typeof rounds)[number]) => number): number => percentile(rounds.map(of), 0.5);
  const name = `deep tier, NSFW + goods, ${threads} threads`;
  return [
    figure(
      `${name}: bare loop`,
      'pictures/s',
      middle(({ bare }) => bare.perSecond),
    ),
    figure(
      `${name}: worker’s classes`,
      'pictures/s',
      middle(({ worker }) => worker.perSecond),
    ),
    atLeast(
      `${name}: throughput / bare loop`,
      'ratio',
      middle(({ bare, worker }) => worker.perSecond / bare.perSecond),
      0.9,
    ),
    atLeast(
      `${name}: pictures per CPU second / bare loop`,
      'ratio',
      middle(({ bare, worker }) => bare.cpuMsPerPicture / worker.cpuMsPerPicture),
      0.9,
    ),
  ];
};
