import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Pixels } from '#libs/domain';
import { decode, defaultImageLimits, inspect } from '#libs/images';
import { png, scene } from '../../fixtures/pictures.js';

const samples = join(import.meta.dirname, '../../../../shared/data');
export const hasSamplePhotos = existsSync(samples);
const ownPictures = 24;

/** The sample photos of a folder (`photos`, `large`, `goods`); pictures made by code where there are none. */
export const samplePhotos = async (folder: string): Promise<{ name: string; bytes: Buffer }[]> => {
  if (hasSamplePhotos) {
    return readdirSync(join(samples, folder))
      .filter((name) => name.endsWith('.JPEG'))
      .map((name) => ({ name, bytes: readFileSync(join(samples, folder, name)) }));
  }
  console.log(`The sample photos (../shared/data/${folder}) are not here: using pictures made by code.`);
  return Promise.all(
    Array.from({ length: ownPictures }, async (_, seed) => ({
      name: `scene ${seed}`,
      bytes: await png(scene(seed)),
    })),
  );
};

/** A full decode by libvips, as nsfwjs's users in Node make it. Its memory can be transferred. */
export const fullDecode = async (bytes: Buffer): Promise<Pixels> => {
  const { data, info } = await sharp(bytes)
    .autoOrient()
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data: new Uint8Array(data), width: info.width, height: info.height };
};

/** The product's own decode, as far as a pack lets it shrink. */
export const productDecode = async (bytes: Buffer, minShortSide: number): Promise<Pixels> => {
  const facts = await inspect(bytes, defaultImageLimits);
  if (!facts.ok) throw new Error(facts.detail);
  const decoded = await decode(bytes, facts.value, { minShortSide, sampledFrames: 1 });
  if (!decoded.ok) throw new Error(decoded.detail);
  return decoded.value.views[0]!;
};
