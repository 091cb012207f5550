import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '#libs/platform';
import { jpeg, scene } from '../fixtures/pictures.js';

let seed = 10_000;

/** A picture that nobody has sent before. */
export const nextPicture = (): Promise<Buffer> => jpeg(scene(seed++));

/** The same picture, as another service would have recompressed it: other bytes, nearly the same pixels. */
export const withNearCopy = async (): Promise<{ original: Buffer; nearCopy: Buffer }> => {
  const canvas = scene(seed++);
  return { original: await jpeg(canvas), nearCopy: await jpeg(canvas, { quality: 55 }) };
};

const samples = path.join(projectRoot, '..', 'shared', 'data');

/** A sample photo of a folder, where the sample data is there. */
export const samplePhoto = (folder: 'photos' | 'goods', name: string): Buffer | undefined => {
  const inside = path.join(samples, folder);
  if (!existsSync(inside)) return undefined;
  const file = readdirSync(inside).find((each) => each.includes(name));
  return file === undefined ? undefined : readFileSync(path.join(inside, file));
};
