import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { residentMb } from '../load/process-stats.js';
import { atLeast, atMost, type BenchRow, figure, percentile } from '../report.js';
import { aFlaggedEvent, stored } from './flagged-event.js';
import { stubCategory, writeStubPacks } from './stub-packs.js';
import { BenchedWorker } from './worker-process.js';

/** A longest growth of resident memory, of what it is after a tenth of the queue. */
const flatness = 1.15;
const publishedAtOnce = 1_000;

interface Sample {
  atMs: number;
  done: number;
  residentMb: number;
}

/**
 * The worker comes back to a long queue, with models that weigh nothing, so that what is measured is all the rest: its
 * memory must not depend on what waits, nor its pace.
 */
export const backlogRows = async (isQuick: boolean): Promise<BenchRow[]> => {
  const [long, short] = isQuick ? [10_000, 2_000] : [50_000, 5_000];
  const packs = await mkdtemp(join(tmpdir(), 'sluice-stub-packs-'));
  const worker = await BenchedWorker.prepare(await writeStubPacks(packs));
  try {
    const image = await stored(worker.blobs, await smallPicture());
    for (let sent = 0; sent < long; sent += publishedAtOnce)
      await worker.publish(Array.from({ length: publishedAtOnce }, () => aFlaggedEvent(image, stubCategory)));
    await worker.start();
    const samples = await drained(worker, long);
    const warm = samples.find(({ done }) => done >= long / 10)!;
    const peakMb = Math.max(...samples.filter(({ atMs }) => atMs > warm.atMs).map((each) => each.residentMb));
    const name = `backlog of ${long}`;
    return [
      figure(`${name}: events, stub models`, 'events/s', rateBetween(samples, long / 10, long)),
      atLeast(
        `${name}: rate while it is long / while its last ${short} are left`,
        'ratio',
        rateBetween(samples, long / 10, long / 2) / rateBetween(samples, long - short, long),
        0.9,
      ),
      figure(
        `${name}: slowest tenth / median tenth`,
        'ratio',
        Math.min(...tenths(samples, long)) / percentile(tenths(samples, long), 0.5),
      ),
      figure(`${name}: worker's memory after a tenth`, 'MB', warm.residentMb),
      figure(`${name}: worker's memory at its later peak`, 'MB', peakMb),
      atMost(`${name}: later peak / after a tenth`, 'ratio', peakMb / warm.residentMb, flatness),
    ];
  } finally {
    await worker.stop();
    await rm(packs, { recursive: true, force: true });
  }
};

const drained = async (worker: BenchedWorker, count: number): Promise<Sample[]> => {
  const samples: Sample[] = [];
  await worker.untilPublished(count, (done) => {
    samples.push({ atMs: performance.now(), done, residentMb: residentMb(worker.pid) });
  });
  return samples;
};

/** Events a second between two counts. */
const rateBetween = (samples: Sample[], from: number, to: number): number => {
  const first = samples.find(({ done }) => done >= from)!;
  const last = samples.find(({ done }) => done >= to)!;
  return ((last.done - first.done) / (last.atMs - first.atMs)) * 1000;
};

/** Of all but the first, in which the worker is not warm yet. */
const tenths = (samples: Sample[], count: number): number[] =>
  Array.from({ length: 9 }, (_, at) =>
    rateBetween(samples, ((at + 1) * count) / 10, ((at + 2) * count) / 10),
  );

const smallPicture = (): Promise<Buffer> =>
  sharp({ create: { width: 32, height: 32, channels: 3, background: { r: 200, g: 40, b: 40 } } })
    .jpeg()
    .toBuffer();
