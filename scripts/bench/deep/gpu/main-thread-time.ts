import { readFileSync } from 'node:fs';

/**
 * Processor time of the main thread so far, in milliseconds. Linux counts it; elsewhere it is the time in which the event
 * loop was not waiting, which is too long where other programs want the same cores.
 */
export const mainThreadMs = (): number => {
  try {
    const [nanoseconds] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ');
    return Number(nanoseconds) / 1e6;
  } catch {
    return performance.eventLoopUtilization().active;
  }
};
