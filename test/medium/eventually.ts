import { setTimeout as delay } from 'node:timers/promises';

const defaultLimitMs = 30_000;
const pauseMs = 10;

/** Resolves with what `look` gives once it passes; when it does not in time, fails with its last error. */
export const eventually = async <T>(look: () => T | Promise<T>, limitMs = defaultLimitMs): Promise<T> => {
  const end = performance.now() + limitMs;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (performance.now() > end) throw error;
      await delay(pauseMs);
    }
  }
};
