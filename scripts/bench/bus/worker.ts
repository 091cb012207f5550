import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '#libs/platform';
import { buildModelPacks } from '../../start/model-packs.js';
import { smallPhotos } from '../load/pictures.js';
import { cpuMsOf } from '../load/process-stats.js';
import { atLeast, type BenchRow, figure, percentile } from '../report.js';
import type { DeepCost, DeepTurn } from './bare-deep.js';
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
  const bare = await MeasuringProcess.start<DeepTurn, DeepCost>('bare-deep', [packFolder, String(threads)]);
  try {
    const images: Stored[] = [];
    for (const photo of photos) images.push(await stored(worker.blobs, photo));
    await worker.start();
    const turn = (pictures: number): Promise<DeepCost> =>
      turnOf(
        worker,
        Array.from({ length: pictures }, (_, at) => images[at % images.length]!),
      );
    const pictures = isQuick ? 120 : 400;
    await turn(photos.length);
    await bare.ask({ pictures: photos.length });
    const costs: { bare: DeepCost; worker: DeepCost }[] = [];
    for (let round = 0; round < (isQuick ? 3 : 6); round++) {
      // every other round the other way, so that none always has the warmer machine
      const first = round % 2 === 0 ? await bare.ask({ pictures }) : undefined;
      const own = await turn(pictures);
      costs.push({ worker: own, bare: first ?? (await bare.ask({ pictures })) });
    }
    return rowsOf(costs);
  } finally {
    await bare.stop();
    await worker.stop();
  }
};

const turnOf = async (worker: BenchedWorker, images: Stored[]): Promise<DeepCost> => {
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

const rowsOf = (costs: { bare: DeepCost; worker: DeepCost }[]): BenchRow[] => {
  const middle = (of: (cost: (typeof costs)[number]) => number): number => percentile(costs.map(of), 0.5);
  const name = `worker, decode + InceptionV3, ${threads} threads`;
  return [
    figure(
      `${name}: bare loop`,
      'pictures/s',
      middle(({ bare }) => bare.perSecond),
    ),
    figure(
      `${name}: from Kafka to result`,
      'pictures/s',
      middle(({ worker }) => worker.perSecond),
    ),
    atLeast(
      `${name}: throughput / bare loop`,
      'ratio',
      middle(({ bare, worker }) => worker.perSecond / bare.perSecond),
      0.9,
    ),
    figure(
      `${name}: bare loop, CPU`,
      'ms/picture',
      middle(({ bare }) => bare.cpuMsPerPicture),
    ),
    figure(
      `${name}: worker, CPU`,
      'ms/picture',
      middle(({ worker }) => worker.cpuMsPerPicture),
    ),
    atLeast(
      `${name}: pictures per CPU second / bare loop`,
      'ratio',
      middle(({ bare, worker }) => bare.cpuMsPerPicture / worker.cpuMsPerPicture),
      0.9,
    ),
  ];
};
