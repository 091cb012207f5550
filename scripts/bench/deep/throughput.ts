import { availableParallelism } from 'node:os';
import { buildModelPacks } from '../../start/model-packs.js';
import { type Cost, cpuRatioRow, rateRows, roundsOf, type Turn } from '../against-bare.js';
import { MeasuringProcess } from '../bus/measuring-process.js';
import type { BenchRow } from '../report.js';

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
    for (const each of [bare, worker]) await each.ask({ pictures: 40 });
    const rounds = await roundsOf(isQuick ? 3 : 6, {
      bare: () => bare.ask({ pictures }),
      worker: () => worker.ask({ pictures }),
    });
    const name = `deep tier, NSFW + goods, ${threads} threads`;
    return [...rateRows(name, 'worker’s classes', rounds), cpuRatioRow(name, rounds)];
  } finally {
    await bare.stop();
    await worker.stop();
  }
};
