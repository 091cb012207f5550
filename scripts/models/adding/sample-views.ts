import type { Pixels } from '#libs/domain';
import { decode, defaultImageLimits, inspect } from '#libs/images';
import { jpeg, scene } from '../../../test/fixtures/pictures.js';
import { type SamplePicture, samplePictures } from '../../demo/sample-pictures.js';

/** Drawn ones are there in every clone; photos are what matters. */
const drawnPictures = 8;

/**
 * Pictures to try a pack on: some that the project draws, and the photos of a folder, or the sample photos beside the
 * repository where these are.
 *
 * @param most evenly from all of them
 */
export const trialPictures = async (folder: string | undefined, most: number): Promise<SamplePicture[]> => {
  const found = await samplePictures(folder);
  const drawn = await Promise.all(
    Array.from({ length: drawnPictures }, async (_, seed) => ({
      name: `drawn-${seed}.jpg`,
      surface: 'default',
      bytes: await jpeg(scene(seed)),
    })),
  );
  const rest = Math.max(1, most - drawn.length);
  const step = Math.max(1, found.length / rest);
  return [...drawn, ...found.filter((_, i) => Math.floor(i / step) !== Math.floor((i - 1) / step))].slice(
    0,
    most,
  );
};

/** Decoded one after the other, as far as a pack lets a decoder shrink. @throws Error naming a picture that cannot be */
export async function* viewsOf(
  pictures: readonly SamplePicture[],
  minShortSide: number,
): AsyncGenerator<Pixels> {
  for (const { name, bytes } of pictures) {
    const facts = await inspect(bytes, defaultImageLimits);
    if (!facts.ok) throw new Error(`${name}: ${facts.detail}`);
    const decoded = await decode(bytes, facts.value, { minShortSide, sampledFrames: 1 });
    if (!decoded.ok) throw new Error(`${name}: ${decoded.detail}`);
    yield decoded.value.views[0]!;
  }
}
