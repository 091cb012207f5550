import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { loadPack, type ModelPack, PackError, readManifest, readPackKind } from '#libs/inference';
import { categoriesOf, isSpecialist } from './routing.js';

export interface Packs {
  /** first look at what was submitted to be classified later */
  fast: ModelPack;
  /** in the order of their folders' names */
  deep: ModelPack[];
}

/**
 * All deep packs of a folder, so that an operator adds one by putting it there, and the fast one by its name.
 *
 * @throws PackError for a pack that cannot be used, for a specialist that nothing could call, and when there is no deep
 * pack
 */
export const findPacks = async (folder: string, fastName: string): Promise<Packs> => {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: Error) => {
    throw new PackError(folder, `the folder cannot be read: ${error.message}`);
  });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const folders = names.sort().map((name) => join(folder, name));
  const kinds = await Promise.all(folders.map(readPackKind));
  const classifiers = folders.filter((_folder, at) => kinds[at] === 'classifier');
  const manifests = await Promise.all(
    classifiers.map(async (each) => ({ folder: each, tier: (await readManifest(each)).tier })),
  );
  const deepFolders = manifests.filter(({ tier }) => tier === 'deep').map((each) => each.folder);
  if (deepFolders.length === 0) throw new PackError(folder, 'holds no pack of the deep tier');
  const [fast, ...deep] = await Promise.all([join(folder, fastName), ...deepFolders].map(loadPack));
  assertRoutesAreScored(fast!, deep);
  return { fast: fast!, deep };
};

/** A specialist that waits for a score which no pack gives was configured in vain, and its operator must hear of it. */
const assertRoutesAreScored = (fast: ModelPack, deep: readonly ModelPack[]): void => {
  const scored = [fast, ...deep.filter((pack) => !isSpecialist(pack))].flatMap(categoriesOf);
  for (const { manifest } of deep) {
    const unscored = manifest.route?.find(({ category }) => !scored.includes(category));
    if (unscored)
      throw new PackError(
        manifest.name,
        `its route waits for a score of ${unscored.category}, which neither the fast pack nor a general deep one gives`,
      );
  }
};

/** @throws PackError naming a pack that is kept to a number of runs, but is not open here */
export const assertKnown = (
  packs: readonly ModelPack[],
  mostRuns: Readonly<Record<string, number>>,
): void => {
  const names = packs.map(({ manifest }) => manifest.name);
  const stranger = Object.keys(mostRuns).find((name) => !names.includes(name));
  if (stranger !== undefined)
    throw new PackError(
      stranger,
      `stands in MODEL_CONCURRENCY, but is not open here; open are ${names.join(', ')}`,
    );
};
