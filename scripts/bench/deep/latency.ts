import { availableParallelism } from 'node:os';
import { buildModelPacks } from '../../start/model-packs.js';
import type { Stored } from '../bus/flagged-event.js';
import { atMost, type BenchRow, figure, percentile } from '../report.js';
import { BenchedDeepTier, type Question } from './deep-tier.js';
import { twelveMegapixels } from './large-photos.js';

const threads = Math.min(2, availableParallelism());

/** Both packs know something of what is asked; codes are read since the policy calls for it. */
const general: Question = { asks: ['sexual/explicit', 'goods/firearm'], called: ['qr-code'] };
const withText: Question = { ...general, called: ['overlay-text', 'qr-code'] };

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
    const images: Stored[] = [];
    for (const photo of await twelveMegapixels()) images.push(await tier.store(photo));
    const looks = isQuick ? 2 * images.length : 10 * images.length;
    const name = `12 MP photo, ${threads} threads, NSFW + goods + QR`;
    const rows = rowsOf(name, await timesOf(tier, images, general, looks), slowestMs);
    if (tier.detectors.all.some((each) => each.name === 'overlay-text'))
      rows.push(
        ...rowsOf(`${name} + overlay text`, await timesOf(tier, images, withText, looks), slowestWithTextMs),
      );
    return rows;
  } finally {
    await tier.close();
  }
};

/** Milliseconds of each, after a round that warms up. */
const timesOf = async (
  tier: BenchedDeepTier,
  images: Stored[],
  question: Question,
  looks: number,
): Promise<number[]> => {
  for (const image of images) await tier.rescore(image, question);
  const seen = tier.lastWords.length;
  const times: number[] = [];
  for (let at = 0; at < looks; at++) {
    const since = performance.now();
    await tier.rescore(images[at % images.length]!, question);
    times.push(performance.now() - since);
  }
  const silent = tier.lastWords.slice(seen).flatMap(({ unheard = [] }) => unheard);
  if (silent.length > 0) throw new Error(`not all have answered: ${JSON.stringify(silent[0])}`);
  return times;
};

const rowsOf = (name: string, times: number[], slowest: number): BenchRow[] => [
  figure(`${name}: median`, 'ms', percentile(times, 0.5)),
  atMost(`${name}: p95`, 'ms', percentile(times, 0.95), slowest),
];
