import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { loadPack, type ModelPack, readPackKind } from '#libs/inference';
import { projectRoot } from '#libs/platform';

const modelsFolder = join(projectRoot, 'models');

/** Folders of the packs that classify: those that are shipped, or those that are named, by name or by folder. */
export const packFolders = async (named: readonly string[] | undefined): Promise<string[]> => {
  if (named)
    return named.map((each) =>
      existsSync(join(modelsFolder, each, 'manifest.json')) ? join(modelsFolder, each) : resolve(each),
    );
  const folders = (await readdir(modelsFolder, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && existsSync(join(modelsFolder, entry.name, 'manifest.json')))
    .map(({ name }) => join(modelsFolder, name));
  const kinds = await Promise.all(folders.map((folder) => readPackKind(folder)));
  return folders.filter((_folder, place) => kinds[place] === 'classifier');
};

/**
 * Opens them; where two have the same name, as variants of one may, each is called after its folder too.
 *
 * @throws PackError that names the pack and what is wrong with it
 */
export const openPacks = async (folders: readonly string[]): Promise<ModelPack[]> => {
  const packs = await Promise.all(folders.map((folder) => loadPack(folder)));
  const names = packs.map(({ manifest }) => manifest.name);
  return packs.map((pack, place) => {
    const { name } = pack.manifest;
    if (names.indexOf(name) === names.lastIndexOf(name)) return pack;
    return { ...pack, manifest: { ...pack.manifest, name: `${name} (${basename(folders[place]!)})` } };
  });
};

export const folderOf = ({ graph }: ModelPack): string => dirname(graph);

/** MB of the graph's file; what it keeps in further files beside it comes on top. */
export const megabytesOf = async ({ graph }: ModelPack): Promise<number> => {
  const weights = existsSync(`${graph}.data`) ? (await stat(`${graph}.data`)).size : 0;
  return ((await stat(graph)).size + weights) / 1e6;
};
