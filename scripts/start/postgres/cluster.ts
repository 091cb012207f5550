import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { assertReachable, giveTo, type PostgresAccount } from './account.js';
import type { PostgresBinaries } from './binaries.js';

export const superuser = 'postgres';

/**
 * Makes the folder of a database cluster where there is none. An initdb that was cut short leaves nothing that looks
 * like a cluster: it works in a folder beside it, which gets its name when it is complete.
 *
 * @returns whether one was made
 * @throws StartError when the account cannot reach the folder
 */
export const ensureCluster = async (
  folder: string,
  { binaries, account, password }: { binaries: PostgresBinaries; account: PostgresAccount; password: string },
): Promise<boolean> => {
  if (existsSync(path.join(folder, 'PG_VERSION'))) return false;
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  await giveTo(account, unfinished);
  await assertReachable(account, [binaries.initdb, unfinished]);
  await initialise(unfinished, { binaries, account, password });
  await rename(unfinished, folder);
  return true;
};

const initialise = async (
  folder: string,
  { binaries, account, password }: { binaries: PostgresBinaries; account: PostgresAccount; password: string },
): Promise<void> => {
  const passwordFile = `${folder}.password`;
  await rm(passwordFile, { force: true });
  await writeFile(passwordFile, password, { mode: 0o600 });
  await giveTo(account, passwordFile);
  try {
    await promisify(execFile)(
      binaries.initdb,
      [
        `--pgdata=${folder}`,
        `--username=${superuser}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        // Built into Postgres: the same order of words on every machine, whatever locales are installed.
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--no-locale',
      ],
      { ...account, cwd: folder },
    );
  } finally {
    await rm(passwordFile, { force: true });
  }
};
