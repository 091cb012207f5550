import { execFile } from 'node:child_process';
import { chown } from 'node:fs/promises';
import { promisify } from 'node:util';
import { StartError } from '../start-error.js';

const run = promisify(execFile);
const accountName = 'postgres';

/** Who Postgres runs as; empty: as whoever started us. Fits into the options of spawn(). */
export interface PostgresAccount {
  uid?: number;
  gid?: number;
}

/** Postgres refuses to run as root, so root gets an account for it, which is made where it is missing. */
export const postgresAccount = async (): Promise<PostgresAccount> => {
  if (process.getuid?.() !== 0) return {};
  const existing = await lookUp();
  if (existing) return existing;
  try {
    await run('useradd', ['--system', '--user-group', '--no-create-home', accountName]);
  } catch (error) {
    throw new StartError(
      `Postgres does not run as root, and an account "${accountName}" for it could not be made. Start Sluice as an ordinary user, or set DATABASE_URL.`,
      { cause: error },
    );
  }
  return (await lookUp()) ?? {};
};

const lookUp = async (): Promise<PostgresAccount | undefined> => {
  try {
    const ids = await Promise.all([run('id', ['-u', accountName]), run('id', ['-g', accountName])]);
    const [uid, gid] = ids.map(({ stdout }) => Number(stdout));
    return { uid, gid };
  } catch {
    return undefined;
  }
};

export const giveTo = async ({ uid, gid }: PostgresAccount, path: string): Promise<void> => {
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
};
