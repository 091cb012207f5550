export interface RetryRule {
  /** bound of the wait after the first failure, in milliseconds; each further failure doubles it */
  firstMs: number;
  /** no bound is greater, in milliseconds */
  longestMs: number;
  /** how long it is tried, counted from when it was queued, in milliseconds */
  windowMs: number;
}

/** Beyond it a doubled millisecond is longer than any bound. */
const mostDoublings = 40;

/**
 * How long to wait after the n-th attempt (from 1): uniform between nothing and a bound that doubles, so that what
 * failed together does not come back together.
 * Source: "full jitter" in "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 * @param random uniform in [0, 1)
 */
export const retryDelayMs = (
  { firstMs, longestMs }: Pick<RetryRule, 'firstMs' | 'longestMs'>,
  attempt: number,
  random = Math.random(),
): number =>
  Math.floor(random * Math.min(longestMs, firstMs * 2 ** Math.min(Math.max(0, attempt - 1), mostDoublings)));

/**
 * When a failed delivery is tried again; undefined where its time is over by then.
 * @param since when it was queued, or somebody asked for it again
 */
export const nextAttempt = (
  rule: RetryRule,
  { attempt, since, now }: { attempt: number; since: Date; now: Date },
  random = Math.random(),
): Date | undefined => {
  const at = now.getTime() + retryDelayMs(rule, attempt, random);
  return at > since.getTime() + rule.windowMs ? undefined : new Date(at);
};
