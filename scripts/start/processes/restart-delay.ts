const firstDelayMs = 500;
const longestDelayMs = 30_000;

/** After this long without a crash, a process is thought healthy and its earlier crashes are forgotten. */
export const healthyAfterMs = 60_000;

/** How long to wait before the next start: 0.5 s after the first crash in a row, then twice as long each time, up to 30 s. */
export const restartDelayMs = (crashesInARow: number): number =>
  Math.min(longestDelayMs, firstDelayMs * 2 ** Math.max(0, crashesInARow - 1));
