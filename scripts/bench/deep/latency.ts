import { availableParallelism } from 'node:os';
import { buildModelPacks } from '../../start/model-packs.js';
import type { Stored } from '../bus/flagged-event.js';
import { atMost, type BenchRow, figure, percentile } from '../report.js';
import { BenchedDeepTier, type Question } from './deep-tier.js';
import { twelveMegapixels, writtenTwelveMegapixels } from './large-photos.js';

const threads = Math.min(2, availableParallelism());

/** Both packs know something of what is asked; codes are read since the policy calls for it. */
const general: Question = { asks: ['sexual/explicit', 'goods/firearm'], called: ['qr-code'] };
const withText: Question = { ...general, called: ['overlay-text', 'qr-code'] };

interface Times {
  times: number[];
  /** of all threads, for each picture */
  cpuMs: number;
}

const slowestMs = 500;
const slowestWithTextMs = 1_500;

/**
 * One picture of 12 megapixels after the other through the worker's classes: from its event to what is published, with
 * loading, decoding, each detector, the verdict, and the embedding where a person is next.
 */
export const latencyRows = async (isQuick: boolean): Promise<BenchRow[]> => {
  await buildModelPacks(new AbortController().signal, () => undefined);
  const tier = await BenchedDeepTier.open(threads);
  try {
    const storeAll = (photos: Buffer[]): Promise<Stored[]> =>
      Promise.all(photos.map((each) => tier.store(each)));
    const images = await storeAll(await twelveMegapixels());
    const rounds = isQuick ? 2 : 10;
    const name = `12 MP photo, ${threads} threads, NSFW + goods + QR`;
    const rows = rowsOf(name, await timesOf(tier, images, general, rounds), slowestMs);
    const written = await storeAll(await writtenTwelveMegapixels(images.length));
    const timesWithText = await timesOf(tier, written, withText, rounds);
    return [...rows, ...rowsOf(`${name} + overlay text, written over`, timesWithText, slowestWithTextMs)];
  } finally {
    await tier.close();
  }
};

/** Milliseconds of each, after a round that warms up; and the processor's time, which other programs change less. */
const timesOf = async (
  tier: BenchedDeepTier,
  images: Stored[],
  question: Question,
  rounds: number,
): Promise<Times> => {
  for (const image of images) await tier.rescore(image, question);
  const seen = tier.lastWords.length;
  const times: number[] = [];
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round++)
    for (const image of images) {
      const since = performance.now();
      await tier.rescore(image, question);
      times.push(performance.now() - since);
    }
  const { user, system } = process.cpuUsage(before);
  const silent = tier.lastWords.slice(seen).flatMap(({ unheard = [] }) => unheard);
  if (silent.length > 0) throw new Error(`not all have answered: ${JSON.stringify(silent[0])}`);
  return { times, cpuMs: (user + system) / 1000 / times.length };
};

const rowsOf = (name: string, { times, cpuMs }: Times, slowest: number): BenchRow[] => [
  figure(`${name}: CPU`, 'ms', cpuMs),
  figure(`${name}: median`, 'ms', percentile(times, 0.5)),
  atMost(`${name}: p95`, 'ms', percentile(times, 0.95), slowest),
];
