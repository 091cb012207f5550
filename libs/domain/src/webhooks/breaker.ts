/**
 * A circuit breaker over an endpoint. It stands in the endpoint's row, not in a process: what one process has learnt
 * holds for all, and for the one that starts next.
 */
export interface Breaker {
  /** attempts that failed since the last success */
  failures: number;
  /** nothing is sent before; null: closed */
  openUntil: Date | null;
}

export interface BreakerRule {
  /** so many failures in a row open it */
  threshold: number;
  /** milliseconds that it stays open at first; doubled by every trial that fails */
  firstMs: number;
  /** milliseconds that it stays open at most */
  longestMs: number;
}

export type BreakerState = 'closed' | 'open' | 'half_open';

export const closedBreaker: Breaker = { failures: 0, openUntil: null };

/** Half open: one delivery at a time is tried, to see whether the endpoint is back. */
export const breakerState = ({ openUntil }: Breaker, now: Date): BreakerState => {
  if (openUntil === null) return 'closed';
  return openUntil > now ? 'open' : 'half_open';
};

/** How many deliveries may be under way at once. */
export const admitted = (breaker: Breaker, concurrency: number, now: Date): number => {
  switch (breakerState(breaker, now)) {
    case 'closed':
      return concurrency;
    case 'half_open':
      return Math.min(1, concurrency);
    case 'open':
      return 0;
  }
};

/**
 * The breaker after an attempt. Failures that come in while it is open are those of attempts begun before: they prove
 * nothing new, and keep it open no longer.
 */
export const afterAttempt = (breaker: Breaker, succeeded: boolean, rule: BreakerRule, now: Date): Breaker => {
  if (succeeded) return closedBreaker;
  if (breakerState(breaker, now) === 'open') return breaker;
  const failures = breaker.failures + 1;
  if (failures < rule.threshold) return { failures, openUntil: null };
  const openMs = Math.min(rule.longestMs, rule.firstMs * 2 ** Math.min(failures - rule.threshold, 40));
  return { failures, openUntil: new Date(now.getTime() + openMs) };
};
