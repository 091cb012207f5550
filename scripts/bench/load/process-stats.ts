import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts processor time in hundredths of a second (sysconf(_SC_CLK_TCK) on every supported platform). */
const ticksPerSecond = 100;

const statOf = (pid: number): string[] => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
};

/** Processor time that a process has used so far, user and system, in milliseconds (proc(5), fields 14 and 15). */
export const cpuMsOf = (pid: number): number => {
  const fields = statOf(pid);
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
};

/** A process and its children, and theirs. */
export const familyOf = (pid: number): number[] => {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      parents.set(Number(name), Number(statOf(Number(name))[1]));
    } catch {
      continue; // it ended meanwhile
    }
  }
  const family = [pid];
  for (const member of family) {
    for (const [child, parent] of parents) if (parent === member) family.push(child);
  }
  return family;
};

/** Processor time of a process and its children together, in milliseconds. */
export const familyCpuMs = (pid: number): number =>
  familyOf(pid).reduce((sum, member) => sum + cpuMsOf(member), 0);

/** Resident memory in megabytes (10^6 bytes). */
export const residentMb = (pid: number): number => {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return (Number(line?.[1]) * 1024) / 1e6;
};
