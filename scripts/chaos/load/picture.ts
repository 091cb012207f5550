import type { Verdict } from '#libs/domain';
import { type Canvas, jpeg, seeded } from '../../../test/fixtures/pictures.js';
import { meanFor } from '../world/stub-packs.js';
import type { PlannedUpload } from './plan.js';

const width = 64;
const height = 48;
/** Pixels of a cell's side. */
const cell = 8;
/** Cells come in pairs, this much (at most) above and below the mean, so that the mean is what was asked for. */
const swing = 0.15;

/**
 * A small picture that no other upload resembles, whose mean red is what the fast model of the suite scores, and whose
 * mean green the deep one.
 */
export const drawUpload = (seed: number, { number, fast, deep }: PlannedUpload): Promise<Buffer> => {
  const random = seeded(seed * 7_919 + number * 31 + 17);
  const means = [meanFor(fast), meanFor(deep), 0.25 + 0.5 * random()];
  return jpeg(mosaic(means, random), { quality: 90 });
};

/** @param means of red, green and blue, 0–1 */
const mosaic = (means: number[], random: () => number): Canvas => {
  const columns = width / cell;
  const cells = columns * (height / cell);
  const planes = means.map((mean) => shuffledPairs(cells, mean, random));
  const data = Buffer.alloc(width * height * 3);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at += 3) {
      const place = Math.floor(y / cell) * columns + Math.floor(x / cell);
      for (let c = 0; c < 3; c++) data[at + c] = Math.round(planes[c]![place]! * 255);
    }
  return { data, width, height };
};

const shuffledPairs = (count: number, mean: number, random: () => number): number[] => {
  const values: number[] = [];
  while (values.length < count) {
    const offset = (random() - 0.5) * 2 * swing;
    values.push(mean + offset, mean - offset);
  }
  for (let at = count - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [values[at], values[other]] = [values[other]!, values[at]!];
  }
  return values;
};

/** What a picture that only carries poison looks like: the fast tier's doubt is claimed by its event. */
export const drawPoisoned = (seed: number, number: number): Promise<Buffer> => {
  const doubtful: Verdict = 'review';
  return drawUpload(seed + 500_009, { number, fast: doubtful, deep: doubtful } as PlannedUpload);
};
