import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '#libs/platform';
import { buildModelPacks } from '../../start/model-packs.js';
import { smallPhotos } from '../load/pictures.js';
import { cpuMsOf } from '../load/process-stats.js';
import {
  type Cost,
  cpuRatioRow,
  middleOf,
  rateRows,
  type Round,
  roundsOf,
  type Turn,
} from '../against-bare.js';
import { type BenchRow, figure } from '../report.js';
import { aFlaggedEvent, stored, type Stored } from './flagged-event.js';
import { MeasuringProcess } from './measuring-process.js';
import { BenchedWorker } from './worker-process.js';

const threads = availableParallelism();
const packFolder = join(projectRoot, 'models', 'nsfw-inception-v3');

/**
 * The worker process, from Kafka to the result on Kafka, against a bare loop of its own decode and deep model: as many
 * threads, the same pictures, a process each, turn by turn.
 */
export const workerRows = async (isQuick: boolean): Promise<BenchRow[]> => {
  await buildModelPacks(new AbortController().signal, () => undefined);
  const photos = await smallPhotos();
  const worker = await BenchedWorker.prepare({ INFERENCE_THREADS: String(threads) });
  const bare = await MeasuringProcess.start<Turn, Cost>('bare-deep', [packFolder, String(threads)]);
  try {
    const images: Stored[] = [];
    for (const photo of photos) images.push(await stored(worker.blobs, photo));
    await worker.start();
    const turn = (pictures: number): Promise<Cost> =>
      turnOf(
        worker,
        Array.from({ length: pictures }, (_, at) => images[at % images.length]!),
      );
    const pictures = isQuick ? 120 : 400;
    await turn(photos.length);
    await bare.ask({ pictures: photos.length });
    const rounds = await roundsOf(isQuick ? 3 : 6, {
      bare: () => bare.ask({ pictures }),
      worker: () => turn(pictures),
    });
    return rowsOf(rounds);
  } finally {
    await bare.stop();
    await worker.stop();
  }
};

const turnOf = async (worker: BenchedWorker, images: Stored[]): Promise<Cost> => {
  const events = images.map((each) => aFlaggedEvent(each, 'sexual/explicit'));
  const target = (await worker.published()) + events.length;
  const [cpuMs, since] = [cpuMsOf(worker.pid), performance.now()];
  await worker.publish(events);
  await worker.untilPublished(target);
  return {
    perSecond: (events.length / (performance.now() - since)) * 1000,
    cpuMsPerPicture: (cpuMsOf(worker.pid) - cpuMs) / events.length,
  };
};

const rowsOf = (rounds: Round[]): BenchRow[] => {
  const name = `worker, decode + InceptionV3, ${threads} threads`;
  return [
    ...rateRows(name, 'from Kafka to result', rounds),
    figure(
      `${name}: bare loop, CPU`,
      'ms/picture',
      middleOf(rounds, ({ bare }) => bare.cpuMsPerPicture),
    ),
    figure(
      `${name}: worker, CPU`,
      'ms/picture',
      middleOf(rounds, ({ worker }) => worker.cpuMsPerPicture),
    ),
    cpuRatioRow(name, rounds),
  ];
};
