import { quantile } from 'simple-statistics';
import type { Pixels } from '#libs/domain';
import { InferencePool, loadPack, type ModelPack } from '#libs/inference';
import type { BatchSpeed, SpeedReport, SpeedRequest } from './speed-report.js';

/** As an upload is often: the resize is part of what a pack costs. */
const picture = { width: 640, height: 480 };
const fewestRuns = 3;
const mostRuns = 300;
const sampleEveryMs = 10;
const stripes = Uint8Array.from({ length: picture.width * picture.height * 3 }, (_, at) => (at * 31) % 251);

/** A process of its own for each pack, so that no other pack's memory is counted, and none is warm from it. */
process.once('message', (request: SpeedRequest) => {
  measure(request).then(
    (report) => process.send!({ report }, () => process.exit(0)),
    (error: Error) => process.send!({ error: error.message }, () => process.exit(1)),
  );
});

const measure = async ({
  folder,
  provider,
  threads,
  batches,
  figureMs,
}: SpeedRequest): Promise<SpeedReport> => {
  const pack = await loadPack(folder);
  const memory = watchMemory();
  const found: BatchSpeed[] = [];
  const pool = (count: number, maxBatch: number): Promise<InferencePool> =>
    InferencePool.open([pack], {
      threads: count,
      provider,
      maxBatch,
      maxDelayMs: 60_000,
      queueLimit: 4 * count * maxBatch,
      batchLimitMs: 600_000,
    });
  // The memory of one thread first, by rising size: a process remembers the most that it ever had.
  for (const batch of batches.toSorted((a, b) => a - b)) {
    const one = await pool(1, batch);
    const latencies = await latenciesOf(one, pack, batch, figureMs);
    const memoryMb = memory.addedMb();
    await one.close();
    found.push({
      batch,
      latencyMs: { median: quantile(latencies, 0.5), p95: quantile(latencies, 0.95), runs: latencies.length },
      picturesPerSecond: 0,
      memoryMb,
    });
  }
  memory.stop();
  for (const speed of found) {
    const all = await pool(threads, speed.batch);
    speed.picturesPerSecond = await throughputOf(all, pack, threads, speed.batch, figureMs);
    await all.close();
  }
  return { provider, threads, picture: `${picture.width}x${picture.height}`, batches: found };
};

/** By looking often: what the system remembers as the most counts what the parent process had. */
const watchMemory = (): { addedMb: () => number; stop: () => void } => {
  const before = process.memoryUsage.rss();
  let most = before;
  const look = (): void => {
    most = Math.max(most, process.memoryUsage.rss());
  };
  const timer = setInterval(look, sampleEveryMs);
  const addedMb = (): number => {
    look();
    return (most - before) / 1e6;
  };
  return { addedMb, stop: () => clearInterval(timer) };
};

const latenciesOf = async (
  pool: InferencePool,
  pack: ModelPack,
  batch: number,
  figureMs: number,
): Promise<number[]> => {
  const latencies: number[] = [];
  await runBatch(pool, pack, batch);
  const end = performance.now() + figureMs;
  while (latencies.length < fewestRuns || (performance.now() < end && latencies.length < mostRuns)) {
    const views = Array.from({ length: batch }, noise);
    const from = performance.now();
    await runBatch(pool, pack, batch, views);
    latencies.push(performance.now() - from);
  }
  return latencies;
};

/** Each thread has its next batch waiting while it runs one. */
const throughputOf = async (
  pool: InferencePool,
  pack: ModelPack,
  threads: number,
  batch: number,
  figureMs: number,
): Promise<number> => {
  await Promise.all(Array.from({ length: threads }, () => runBatch(pool, pack, batch)));
  const from = performance.now();
  let pictures = 0;
  const keepBusy = async (): Promise<void> => {
    do {
      await runBatch(pool, pack, batch);
      pictures += batch;
    } while (performance.now() - from < figureMs);
  };
  await Promise.all(Array.from({ length: 2 * threads }, keepBusy));
  return (pictures * 1000) / (performance.now() - from);
};

const runBatch = async (
  pool: InferencePool,
  pack: ModelPack,
  batch: number,
  views: Pixels[] = Array.from({ length: batch }, noise),
): Promise<void> => {
  const answers = await Promise.all(views.map((view) => pool.classify(pack.manifest.name, view)));
  for (const answer of answers) if (!answer.ok) throw new Error(`${pack.manifest.name}: ${answer.detail}`);
};

const noise = (): Pixels => ({ ...picture, data: stripes.slice() });
