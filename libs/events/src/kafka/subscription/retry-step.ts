/** So that what failed together does not come again together; small, since a delay topic is in order of its due times. */
const jitter = 0.1;

/** Which delay topic a message takes after its n-th try (from 1), and how long it waits there. */
export const retryStep = (
  delaysSeconds: readonly number[],
  attempt: number,
  random: () => number = Math.random,
): { step: number; waitMs: number } => {
  const step = Math.min(attempt, delaysSeconds.length) - 1;
  return { step, waitMs: delaysSeconds[step]! * 1000 * (1 + jitter * random()) };
};
