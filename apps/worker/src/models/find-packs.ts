import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  loadPack,
  loadTextPack,
  type ModelPack,
  type Pack,
  PackError,
  readManifest,
  readPackKind,
  type TextPack,
} from '#libs/inference';

export interface Packs {
  /** first look at what was submitted to be classified later */
  fast: ModelPack;
  /** in the order of their folders' names */
  deep: ModelPack[];
  /** reads writing, where there is one */
  reading: TextPack | undefined;
}

/**
 * All deep packs of a folder, so that an operator adds one by putting it there, the fast one by its name, and the one that
 * reads writing.
 *
 * @throws PackError for a pack that cannot be used, for a second one that reads, and when there is no deep pack
 */
export const findPacks = async (folder: string, fastName: string): Promise<Packs> => {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: Error) => {
    throw new PackError(folder, `the folder cannot be read: ${error.message}`);
  });
  // models:add works in hidden ones
  const isPack = (entry: Dirent): boolean => entry.isDirectory() && !entry.name.startsWith('.');
  const names = entries.filter(isPack).map(({ name }) => name);
  const folders = names.sort().map((name) => join(folder, name));
  const kinds = await Promise.all(folders.map(readPackKind));
  const classifiers = folders.filter((_folder, at) => kinds[at] === 'classifier');
  const manifests = await Promise.all(
    classifiers.map(async (each) => ({ folder: each, tier: (await readManifest(each)).tier })),
  );
  const deepFolders = manifests.filter(({ tier }) => tier === 'deep').map((each) => each.folder);
  if (deepFolders.length === 0) throw new PackError(folder, 'holds no pack of the deep tier');
  const [fast, ...deep] = await Promise.all([join(folder, fastName), ...deepFolders].map(loadPack));
  const readers = folders.filter((_folder, at) => kinds[at] === 'text-reader');
  return { fast: fast!, deep, reading: await onlyReader(readers) };
};

const onlyReader = async ([first, second]: string[]): Promise<TextPack | undefined> => {
  if (second !== undefined)
    throw new PackError(basename(second), `reads writing, and so does ${basename(first!)}: take one away`);
  return first === undefined ? undefined : loadTextPack(first);
};

/** @throws PackError naming a pack that is kept to a number of runs, but is not open here */
export const assertKnown = (packs: readonly Pack[], mostRuns: Readonly<Record<string, number>>): void => {
  const names = packs.map(({ manifest }) => manifest.name);
  const stranger = Object.keys(mostRuns).find((name) => !names.includes(name));
  if (stranger !== undefined)
    throw new PackError(
      stranger,
      `stands in MODEL_CONCURRENCY, but is not open here; open are ${names.join(', ')}`,
    );
};
