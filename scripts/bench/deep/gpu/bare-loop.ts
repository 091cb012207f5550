import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type ModelPack, type Provider, sessionOptions } from '#libs/inference';
import type { BareWork } from './bare-loop.thread.js';

/**
 * Pictures a second that onnxruntime alone gets through: a loop in each of so many threads, with a session of its own
 * and the options that the product uses, always the same full batch, no resize, results thrown away.
 */
export const bareRate = async (
  pack: ModelPack,
  {
    provider,
    threads,
    batch,
    seconds,
  }: { provider: Provider; threads: number; batch: number; seconds: number },
): Promise<number> => {
  const { name, width, height } = pack.manifest.input;
  const work: BareWork = {
    graph: pack.graph,
    input: { name, shape: [batch, height, width, 3] },
    options: sessionOptions({ provider }),
    seconds,
  };
  const workers: Worker[] = [];
  try {
    // one after the other, as the pool opens them
    for (let thread = 0; thread < threads; thread += 1) {
      const worker = new Worker(new URL('./bare-loop.thread.js', import.meta.url), { workerData: work });
      workers.push(worker);
      await once(worker, 'message');
    }
    const counts = workers.map(async (worker) => ((await once(worker, 'message')) as [number])[0]);
    for (const worker of workers) worker.postMessage('go');
    const pictures = (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
    return pictures / seconds;
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
};
