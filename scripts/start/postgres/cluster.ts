import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { giveTo, type PostgresAccount } from './account.js';
import type { PostgresBinaries } from './binaries.js';
import type { Launcher } from './launcher.js';

export const superuser = 'postgres';

interface ClusterMeans {
  binaries: PostgresBinaries;
  account: PostgresAccount;
  launcher: Launcher;
  /** of the superuser */
  password: string;
}

/**
 * Makes the folder of a database cluster where there is none. An initdb that was cut short leaves nothing that looks
 * like a cluster: it works in a folder beside it, which gets its name when it is complete.
 *
 * @returns whether one was made
 */
export const ensureCluster = async (folder: string, means: ClusterMeans): Promise<boolean> => {
  if (existsSync(path.join(folder, 'PG_VERSION'))) return false;
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  await giveTo(means.account, unfinished);
  await initialise(unfinished, means);
  await rename(unfinished, folder);
  return true;
};

const initialise = async (
  folder: string,
  { binaries, account, launcher, password }: ClusterMeans,
): Promise<void> => {
  const passwordFile = `${folder}.password`;
  await rm(passwordFile, { force: true });
  await writeFile(passwordFile, password, { mode: 0o600 });
  await giveTo(account, passwordFile);
  try {
    const { file, args, options } = launcher(binaries.initdb, [
      `--pgdata=${folder}`,
      `--username=${superuser}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // Built into Postgres: the same order of words on every machine, whatever locales are installed.
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-locale',
    ]);
    await promisify(execFile)(file, args, { ...options, cwd: folder });
  } finally {
    await rm(passwordFile, { force: true });
  }
};
