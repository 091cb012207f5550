import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { projectRoot } from '#libs/platform';
import { type Canvas, paint, scene } from '../../test/fixtures/pictures.js';
import type { Random } from './random.js';

const samples = path.join(projectRoot, '..', 'shared', 'data');

/** Photos beside the project, where they are there: every file below `data/photos`, `data/large` and `data/goods`. */
export const samplePhotos = (folders: readonly string[] = ['photos', 'large', 'goods']): string[] =>
  folders
    .map((folder) => path.join(samples, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder)
        .sort()
        .map((name) => path.join(folder, name)),
    );

/** A photo drawn from `photos`, filling `width` x `height`; a drawn scene where there are none. */
export const background = async (
  random: Random,
  photos: readonly string[],
  width: number,
  height: number,
): Promise<Canvas> => {
  const picture =
    photos.length > 0 ? sharp(random.pick(photos)).autoOrient() : paint(scene(random.whole(0, 1_000_000)));
  const { data, info } = await picture
    .resize({ width, height, fit: 'cover' })
    .flatten({ background: 'white' })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Error(`expected three channels, not ${info.channels}`);
  return { data, width: info.width, height: info.height };
};
