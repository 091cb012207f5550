import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { projectRoot } from '#libs/platform';
import { jpeg, scene } from '../../test/fixtures/pictures.js';

/** A picture that the demo sends, and where an upload service would show it. */
export interface SamplePicture {
  name: string;
  surface: string;
  bytes: Buffer;
}

/** Folders of sample photos beside the project, and the surface that each stands for. */
const samples = path.join(projectRoot, '..', 'shared', 'data');
const sampleFolders = [
  { folder: path.join(samples, 'photos'), surface: 'default' },
  { folder: path.join(samples, 'large'), surface: 'avatar' },
  { folder: path.join(samples, 'goods'), surface: 'listing' },
];

const drawnPictures = 40;
/** Upload services show pictures in several places, and rules may differ: the demo goes round them. */
const surfacesOfDrawn = ['default', 'avatar', 'listing', 'chat'];

/** The photos of a folder where one is named; else the sample photos; else pictures drawn by code. */
export const samplePictures = async (folder: string | undefined): Promise<SamplePicture[]> => {
  if (folder !== undefined) return photosIn(path.resolve(folder), 'default');
  const present = sampleFolders.filter((each) => existsSync(each.folder));
  if (present.length === 0) return drawn();
  return (await Promise.all(present.map((each) => photosIn(each.folder, each.surface)))).flat();
};

const photosIn = async (folder: string, surface: string): Promise<SamplePicture[]> => {
  const names = (await readdir(folder)).filter((name) => /\.(jpe?g|png|webp|gif|avif)$/i.test(name)).sort();
  return Promise.all(
    names.map(async (name) => ({ name, surface, bytes: await readFile(path.join(folder, name)) })),
  );
};

const drawn = (): Promise<SamplePicture[]> =>
  Promise.all(
    Array.from({ length: drawnPictures }, async (_, seed) => ({
      name: `drawn-${seed}.jpg`,
      surface: surfacesOfDrawn[seed % surfacesOfDrawn.length]!,
      bytes: await jpeg(scene(seed)),
    })),
  );
