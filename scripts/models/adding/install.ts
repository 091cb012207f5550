import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ModelPack, readManifest } from '#libs/inference';
import { AddError } from './add-error.js';

/** A hidden folder where a pack is made ready: on the same disk as its place, so that it can be moved there at once. */
export const stageIn = (modelsFolder: string): Promise<string> => mkdtemp(join(modelsFolder, '.adding-'));

/**
 * Whether a pack may take its place.
 *
 * @returns `same` when it is there already
 * @throws AddError where another one is, unless it may be replaced
 */
export const placeFor = async (
  modelsFolder: string,
  { manifest }: ModelPack,
  { replace }: { replace: boolean },
): Promise<'free' | 'taken' | 'same'> => {
  const place = join(modelsFolder, manifest.name);
  if (!existsSync(place)) return 'free';
  const there = await readManifest(place).catch(() => undefined);
  if (there?.version === manifest.version && there.sha256 === manifest.sha256) return 'same';
  const what = there ? `${there.name} ${there.version}` : 'something that is no pack';
  if (there?.version === manifest.version)
    throw new AddError(
      `${place} holds ${what} with another graph: scores are kept under the version, so the new one must have its own`,
    );
  if (!replace) throw new AddError(`${place} holds ${what}: --replace puts ${manifest.version} in its place`);
  return 'taken';
};

/** Moves a pack to its place in one step, an old one out of it before. */
export const install = async (stage: string, modelsFolder: string, name: string): Promise<void> => {
  const place = join(modelsFolder, name);
  if (!existsSync(place)) return rename(stage, place);
  const old = join(modelsFolder, `.replaced-${name}-${process.pid}`);
  await rename(place, old);
  try {
    await rename(stage, place);
  } catch (error) {
    await rename(old, place);
    throw error;
  }
  await rm(old, { recursive: true });
};
