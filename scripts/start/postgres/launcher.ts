import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { shown } from '../settings.js';
import { StartError } from '../start-error.js';
import type { PostgresAccount } from './account.js';

const run = promisify(execFile);

/** How a program of Postgres is started: the arguments of spawn() and execFile(). */
export interface Launch {
  file: string;
  args: string[];
  options: PostgresAccount;
}
export type Launcher = (program: string, args: string[]) => Launch;

/**
 * Programs run under the account, which must get through to their files. Where a folder above is closed to others (a
 * clone in root's home, a data folder made by `mktemp -d`), they keep one of root's capabilities, that to pass by
 * file permissions: Postgres only insists that it is not root. `access(2)`, which it asks beforehand, forgets
 * capabilities unless SECBIT_NO_SETUID_FIXUP is set (capabilities(7)).
 *
 * @throws StartError where that is not possible either
 */
export const launcherFor = async (
  account: PostgresAccount,
  paths: { program: string; dataDir: string },
): Promise<Launcher> => {
  if (account.uid === undefined) return (file, args) => ({ file, args, options: {} });
  if (await reaches(account, paths)) return (file, args) => ({ file, args, options: account });
  const { uid, gid } = account;
  const flags = [
    ...[`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'],
    ...['--inh-caps=+dac_override', '--ambient-caps=+dac_override', '--securebits=+no_setuid_fixup'],
  ];
  try {
    await run('setpriv', [...flags, '/bin/sh', '-c', reachable, paths.program, paths.dataDir]);
  } catch (error) {
    throw new StartError(
      `Postgres does not run as root but under an account of its own, which cannot reach ${shown(paths.dataDir)} or its own programs: a folder above is closed to others. Open it (chmod o+x), move the clone or DATA_DIR, start Sluice as an ordinary user, or set DATABASE_URL.`,
      { cause: error },
    );
  }
  return (program, args) => ({ file: 'setpriv', args: [...flags, program, ...args], options: {} });
};

const reachable = 'test -r "$0" && test -x "$1"';

const reaches = async (
  account: PostgresAccount,
  { program, dataDir }: { program: string; dataDir: string },
): Promise<boolean> => {
  try {
    await run('/bin/sh', ['-c', reachable, program, dataDir], account);
    return true;
  } catch {
    return false;
  }
};
