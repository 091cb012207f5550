import { constants, existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { projectRoot } from '#libs/platform';
import { isForRunning, type LockedPackage, productionPackages, programs } from './runtime-files.js';

const compiled = ['dist/apps', 'dist/libs', 'dist/migrations'];

/**
 * node scripts/run.mjs deploy/image/assemble FOLDER: copies everything that the images run, and nothing else, into
 * FOLDER. The Dockerfile's build stage calls it, and so does the test of the images' commands.
 * Everything must have been built: the programs, and the model packs.
 */
export const main = async (args: string[]): Promise<number> => {
  const [folder] = args;
  if (!folder) {
    console.error('Say into which folder: deploy/image/assemble FOLDER');
    return 1;
  }
  await assemble(path.resolve(folder));
  return 0;
};

/** @throws Error when `folder` has something in it already */
export const assemble = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0) throw new Error(`${folder} is not empty`);
  const wanted = [
    'package.json',
    'LICENSE',
    ...compiled,
    ...programs,
    'models',
    ...(await installedPackages()),
  ];
  for (const each of wanted) await copy(each, folder);
};

const installedPackages = async (): Promise<string[]> => {
  const lock = JSON.parse(await readFile(path.join(projectRoot, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  return productionPackages(lock.packages);
};

/** Optional packages of other platforms are in the lock file and not on the disk; programs may not exist yet. */
const copy = async (each: string, folder: string): Promise<void> => {
  const source = path.join(projectRoot, each);
  if (!existsSync(source)) return;
  await cp(source, path.join(folder, each), {
    recursive: true,
    dereference: false,
    // Where the file system can, no byte is copied.
    mode: constants.COPYFILE_FICLONE,
    filter: (file) => {
      const relative = path.relative(projectRoot, file).split(path.sep).join('/');
      return !isNestedPackages(relative, each) && isForRunning(relative, process.platform, process.arch);
    },
  });
};

/** Packages inside a package have entries of their own, and may be development ones. */
const isNestedPackages = (file: string, each: string): boolean =>
  each.startsWith('node_modules/') && file.slice(each.length).startsWith('/node_modules');
