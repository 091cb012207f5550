import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { z } from 'zod';

/**
 * A process that can be told from a later one with the same number: numbers are used again, soon in a container and
 * at once after a reboot.
 */
export const processIdentitySchema = z.object({ pid: z.number().int().positive(), startedAt: z.string() });
export type ProcessIdentity = z.infer<typeof processIdentitySchema>;

/** undefined when there is no such process (any more). */
export const identify = async (pid: number): Promise<ProcessIdentity | undefined> => {
  const startedAt = process.platform === 'linux' ? await startOnLinux(pid) : await startByPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
};

export const isAlive = async (process: ProcessIdentity): Promise<boolean> =>
  (await identify(process.pid))?.startedAt === process.startedAt;

/** Field 22 of /proc/<pid>/stat, in ticks since the boot (proc_pid_stat(5)), with the boot's own id. */
const startOnLinux = async (pid: number): Promise<string | undefined> => {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
    // The second field is the command's name in parentheses, and may hold spaces and parentheses itself.
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended; only its parent has not asked yet.
    if (state === 'Z') return undefined;
    const ticks = rest[startTimeIndex];
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'latin1')).trim();
    return `${boot}:${ticks}`;
  } catch {
    return undefined;
  }
};
/** Field 22, counted from the fourth, which comes first after the state. */
const startTimeIndex = 18;

const startByPs = async (pid: number): Promise<string | undefined> => {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]);
    return stdout.trim() || undefined;
  } catch {
    return undefined;
  }
};
