import { setTimeout as delay } from 'node:timers/promises';

const limitMs = 10_000;
const pauseMs = 10;

/** Resolves with what `look` gives once it passes; when it does not within 10 s, fails with its last error. */
export const eventually = async <T>(look: () => T | Promise<T>): Promise<T> => {
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
