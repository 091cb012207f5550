import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '#libs/platform';
import sharp from 'sharp';
import { samplePhotos } from '../../renders/backgrounds.js';
import { textRender } from '../../renders/text-renders.js';
import { jpeg, scene } from '../../../test/fixtures/pictures.js';

const width = 4_000;
const height = 3_000;
const photosWithout = 6;
const folder = join(projectRoot, '..', 'shared', 'data', 'large');

/** JPEGs of 12 megapixels, a few megabytes each: the large sample photos brought to that size, else pictures that are drawn. */
export const twelveMegapixels = async (): Promise<Buffer[]> => {
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => /\.jpe?g$/i.test(name)) : [];
  const sources: (string | Buffer)[] = files.sort().map((name) => join(folder, name));
  while (sources.length < photosWithout) sources.push(await jpeg(scene(sources.length)));
  return Promise.all(sources.map(enlarged));
};

/** The same with something written over each: contact information, in one to a few lines. */
export const writtenTwelveMegapixels = async (pictures: number): Promise<Buffer[]> => {
  const photos = samplePhotos();
  const seeds = Array.from({ length: pictures }, (_, seed) => seed);
  const renders = await Promise.all(seeds.map((seed) => textRender('contacts', seed, photos)));
  return Promise.all(renders.map(({ bytes }) => enlarged(bytes)));
};

const enlarged = (source: string | Buffer): Promise<Buffer> =>
  sharp(source).resize(width, height, { fit: 'cover', kernel: 'cubic' }).jpeg({ quality: 90 }).toBuffer();
