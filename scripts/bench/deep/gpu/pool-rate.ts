import type { Pixels } from '#libs/domain';
import { InferencePool, type ModelPack, type Provider } from '#libs/inference';
import { mainThreadMs } from './main-thread-time.js';

/** What came through a pool. */
export interface PoolRate {
  perSecond: number;
  /** until every session was open, and warmed up in each size of its runs */
  openSeconds: number;
  /** of all the process' threads, in milliseconds */
  cpuMsPerPicture: number;
  /** of the main thread alone: no more than 1 000 a second pass through it */
  mainMsPerPicture: number;
}

/** Pictures in hand, in batches a thread: one is at the model, one waits. */
const batchesAhead = 2;

/**
 * Decoded pictures through the inference pool, as many at once as keep it busy; each has memory of its own, which the
 * pool takes over, as it does from a decoder.
 */
export const poolRate = async (
  pack: ModelPack,
  view: Pixels,
  {
    provider,
    threads,
    batch,
    seconds,
  }: { provider: Provider; threads: number; batch: number; seconds: number },
): Promise<PoolRate> => {
  const atOnce = threads * batch * batchesAhead;
  const opening = performance.now();
  const pool = await InferencePool.open([pack], {
    threads,
    provider,
    maxBatch: batch,
    maxDelayMs: 50,
    queueLimit: atOnce,
  });
  const openSeconds = (performance.now() - opening) / 1_000;
  const { name } = pack.manifest;
  const pass = async (until: () => boolean): Promise<number> => {
    let done = 0;
    const loop = async (): Promise<void> => {
      while (!until()) {
        const answer = await pool.classify(name, { ...view, data: view.data.slice() });
        if (!answer.ok) throw new Error(answer.detail);
        done += 1;
      }
    };
    await Promise.all(Array.from({ length: atOnce }, loop));
    return done;
  };
  try {
    let first = 0;
    await pass(() => (first += 1) > atOnce);
    const [cpu, main, from] = [process.cpuUsage(), mainThreadMs(), performance.now()];
    const until = from + seconds * 1_000;
    const done = await pass(() => performance.now() >= until);
    const { user, system } = process.cpuUsage(cpu);
    return {
      openSeconds,
      perSecond: done / ((performance.now() - from) / 1_000),
      cpuMsPerPicture: (user + system) / 1_000 / done,
      mainMsPerPicture: (mainThreadMs() - main) / done,
    };
  } finally {
    await pool.close();
  }
};
