import { createHash } from 'node:crypto';
import { type SamplePicture, samplePictures } from '../../demo/sample-pictures.js';
import { OptimizeError } from './optimize-error.js';

/** Fewer say nothing about ranges, or about verdicts. */
const leastPictures = 10;

export interface Split {
  calibration: SamplePicture[];
  comparison: SamplePicture[];
}

/**
 * No picture is in both: a variant would look better on those that it was calibrated with.
 *
 * @throws OptimizeError when too few are left
 */
export const splitPictures = async (
  calibration: string | undefined,
  photos: string | undefined,
): Promise<Split> => {
  const all = distinct(await samplePictures(photos));
  const split: Split =
    calibration === undefined
      ? { calibration: all.filter((_, i) => i % 2 === 0), comparison: all.filter((_, i) => i % 2 === 1) }
      : without(distinct(await samplePictures(calibration)), all);
  for (const use of ['calibration', 'comparison'] as const)
    if (split[use].length < leastPictures)
      throw new OptimizeError(
        `${split[use].length} pictures for the ${use} are too few: at least ${leastPictures}`,
      );
  return split;
};

const without = (calibration: SamplePicture[], all: SamplePicture[]): Split => {
  const used = new Set(calibration.map(digestOf));
  return { calibration, comparison: all.filter((picture) => !used.has(digestOf(picture))) };
};

const distinct = (pictures: SamplePicture[]): SamplePicture[] => [
  ...new Map(pictures.map((picture) => [digestOf(picture), picture])).values(),
];

const digestOf = ({ bytes }: SamplePicture): string => createHash('sha256').update(bytes).digest('hex');
