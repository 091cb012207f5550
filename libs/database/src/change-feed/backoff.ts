const firstDelayMs = 100;
const longestDelayMs = 5_000;

/**
 * How long to wait before the n-th attempt (from 0) in a row: doubling, capped, and with full jitter, so that the
 * processes that lost one server do not come back to it in step.
 * Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 * @param random uniform in [0, 1)
 */
export const backoffMs = (attempt: number, random = Math.random()): number =>
  Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(attempt, 16)) * (0.5 + random / 2);
