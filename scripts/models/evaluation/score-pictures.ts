import { readFile } from 'node:fs/promises';
import pLimit from 'p-limit';
import type { Pixels } from '#libs/domain';
import { decode, defaultImageLimits, inspect } from '#libs/images';
import type { InferencePool, ModelPack, PackOutput } from '#libs/inference';
import type { Scored } from './scored.js';

/** Decoded once, at a size that is enough for every pack. */
export const shortSideFor = (packs: readonly ModelPack[]): number =>
  Math.max(...packs.map(({ manifest }) => manifest.resize.minShortSide));

/** @throws Error that names the file, where it cannot be decoded */
export const pixelsOf = async (file: string, minShortSide: number): Promise<Pixels> => {
  const bytes = await readFile(file);
  const facts = await inspect(bytes, defaultImageLimits);
  if (!facts.ok) throw new Error(`${file}: ${facts.detail}`);
  const decoded = await decode(bytes, facts.value, { minShortSide, sampledFrames: 1 });
  if (!decoded.ok) throw new Error(`${file}: ${decoded.detail}`);
  return decoded.value.views[0]!;
};

/**
 * Scores every file with every pack: each is decoded once, and `concurrency` of them are under way at the same time, so that
 * the pool's threads never wait for a decoder.
 *
 * @param onPicture told after each file
 * @returns per pack, in the order of the files
 * @throws Error that names the file and the pack
 */
export const scorePictures = async (
  pool: InferencePool,
  packs: readonly ModelPack[],
  files: readonly string[],
  { concurrency, onPicture }: { concurrency: number; onPicture?: () => void },
): Promise<Map<ModelPack, Scored[]>> => {
  const limit = pLimit(concurrency);
  const minShortSide = shortSideFor(packs);
  const scored = new Map(packs.map((pack) => [pack, new Array<Scored>(files.length)]));
  const scoreOne = async (file: string, place: number): Promise<void> => {
    const view = await pixelsOf(file, minShortSide);
    // A pool takes over the memory: every pack but the last has a copy (a Buffer's own slice would share it).
    const answers = packs.map(async (pack, i) => {
      const own = i === packs.length - 1 ? view : { ...view, data: new Uint8Array(view.data) };
      const result = await pool.classify(pack.manifest.name, own);
      if (!result.ok) throw new Error(`${file}, ${pack.manifest.name}: ${result.detail}`);
      scored.get(pack)![place] = scoredBy(pack, file, result.value);
    });
    await Promise.all(answers);
    onPicture?.();
  };
  await Promise.all(files.map((file, place) => limit(scoreOne, file, place)));
  return scored;
};

const scoredBy = (pack: ModelPack, file: string, { scores, labels }: PackOutput): Scored => ({
  file,
  scores,
  labels,
  uncalibrated: Object.fromEntries(
    pack.categories.map(({ category, labels: indices }) => {
      const sum = indices.reduce((total, index) => total + labels[pack.labels[index]!]!, 0);
      return [category, Math.min(Math.max(sum, 0), 1)];
    }),
  ),
});
