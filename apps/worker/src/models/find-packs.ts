import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { loadPack, type ModelPack, PackError, readManifest } from '#libs/inference';

export interface Packs {
  /** first look at what was submitted to be classified later */
  fast: ModelPack;
  /** in the order of their folders' names */
  deep: ModelPack[];
}

/**
 * All deep packs of a folder, so that an operator adds one by putting it there, and the fast one by its name.
 *
 * @throws PackError for a pack that cannot be used, and when there is no deep one
 */
export const findPacks = async (folder: string, fastName: string): Promise<Packs> => {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: Error) => {
    throw new PackError(folder, `the folder cannot be read: ${error.message}`);
  });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const folders = names.sort().map((name) => join(folder, name));
  const manifests = await Promise.all(
    folders.map(async (each) => ({ folder: each, tier: (await readManifest(each)).tier })),
  );
  const deepFolders = manifests.filter(({ tier }) => tier === 'deep').map((each) => each.folder);
  if (deepFolders.length === 0) throw new PackError(folder, 'holds no pack of the deep tier');
  const [fast, ...deep] = await Promise.all([join(folder, fastName), ...deepFolders].map(loadPack));
  return { fast: fast!, deep };
};
