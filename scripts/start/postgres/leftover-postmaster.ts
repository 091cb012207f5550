import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { StartError } from '../start-error.js';

const stopLimitMs = 15_000;
const pollMs = 50;

/**
 * Ends a server that still runs on this folder after its supervisor was killed, by "fast shutdown" (SIGINT), and
 * clears away a pid file that no server stands behind: after a reboot its number may belong to anybody, and Postgres
 * would refuse to start.
 *
 * @returns whether one was running
 */
export const endLeftoverPostmaster = async (folder: string): Promise<boolean> => {
  const pidFile = path.join(folder, 'postmaster.pid');
  const pid = await readPid(pidFile);
  if (pid === undefined) return false;
  if (!(await runsOn(pid, folder))) {
    await rm(pidFile, { force: true });
    return false;
  }
  process.kill(pid, 'SIGINT');
  for (const givenUpAt = Date.now() + stopLimitMs; await runsOn(pid, folder); await delay(pollMs)) {
    if (Date.now() > givenUpAt) {
      throw new StartError(
        `The Postgres of an earlier start (process ${pid}) does not end. Stop it and try again.`,
      );
    }
  }
  return true;
};

/** The first line of postmaster.pid; see "Database File Layout" in Postgres's documentation. */
const readPid = async (pidFile: string): Promise<number | undefined> => {
  try {
    return Number.parseInt(await readFile(pidFile, 'utf8'), 10) || undefined;
  } catch {
    return undefined;
  }
};

const runsOn = async (pid: number, folder: string): Promise<boolean> =>
  (await commandLineOf(pid)).includes(folder);

const commandLineOf = async (pid: number): Promise<string> => {
  try {
    if (process.platform === 'linux') return await readFile(`/proc/${pid}/cmdline`, 'latin1');
    return (await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)])).stdout;
  } catch {
    return '';
  }
};
