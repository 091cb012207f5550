import { join, resolve } from 'node:path';
import { z } from 'zod';
import { loadPack, type ModelPack, PackError } from '#libs/inference';
import { fields, loadConfig } from '#libs/platform';
import { openPoints } from '../review/open-points.js';
import { readReview } from '../review/review-file.js';

/** Where this machine has its packs, as its worker has. */
export const modelsFolder = (): string => resolve(loadConfig(schema).MODELS_DIR);

const schema = z.object({ MODELS_DIR: fields.text('models') });

/** @throws PackError for one that is not there, cannot be used, or is none of the deep tier */
export const deepPack = async (name: string): Promise<ModelPack> => {
  const pack = await loadPack(join(modelsFolder(), name));
  if (pack.manifest.name !== name)
    throw new PackError(name, `its folder holds ${pack.manifest.name}: workers look for a pack by its name`);
  if (pack.manifest.tier !== 'deep')
    throw new PackError(
      name,
      `is of the ${pack.manifest.tier} tier: only packs of the deep tier run in shadow`,
    );
  return pack;
};

const categoriesOf = ({ categories }: ModelPack): string[] => categories.map(({ category }) => category);

/** What the other scores and this one does not: pictures asked about it would all go to a person. */
export const categoriesLost = (pack: ModelPack, against: ModelPack): string[] =>
  categoriesOf(against).filter((category) => !categoriesOf(pack).includes(category));

/** What its review lacks, in words; none where it may be promoted. */
export const reviewGaps = async (name: string, { manifest }: ModelPack): Promise<string[]> => {
  const review = await readReview(join(modelsFolder(), name));
  if (!review.ok) return [review.detail];
  return openPoints(review.value, manifest).map(({ id, what }) => `${id}: ${what}`);
};
