import { Worker } from 'node:worker_threads';
import type { FloorWork } from './floor.thread.js';

export interface FloorResult {
  /** pictures a second, all threads together */
  perSecond: number;
  /** mean time a picture spends in its thread, in milliseconds */
  msPerImage: number;
  /** processor time a picture costs, in milliseconds */
  cpuMsPerImage: number;
}

/**
 * What the machine can do at most: the gateway's own decode, hashing and inference in as many threads, with no HTTP,
 * no queue and no message between threads. Runs in the calling process, which must be otherwise idle.
 */
export const measureFloor = async (
  work: Omit<FloorWork, 'first'> & { threads: number },
): Promise<FloorResult> => {
  const { threads, ...each } = work;
  const workers = Array.from({ length: threads }, (_, index) => {
    const first = Math.floor((index * work.pictures.length) / threads);
    return new Worker(new URL('./floor.thread.js', import.meta.url), { workerData: { ...each, first } });
  });
  await Promise.all(workers.map((worker) => nextMessage(worker)));
  const before = process.cpuUsage();
  const results = workers.map((worker) => nextMessage(worker));
  for (const worker of workers) worker.postMessage('go');
  const done = (await Promise.all(results)).reduce<number>((sum, count) => sum + Number(count), 0);
  const { user, system } = process.cpuUsage(before);
  await Promise.all(workers.map((worker) => worker.terminate()));
  return {
    perSecond: done / work.seconds,
    msPerImage: (work.seconds * 1000 * threads) / done,
    cpuMsPerImage: (user + system) / 1000 / done,
  };
};

const nextMessage = (worker: Worker): Promise<unknown> =>
  new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
