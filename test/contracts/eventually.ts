const pauseMs = 10;

/** Waits until `check` passes; after `limitMs` its last failure is thrown. The limit only bounds a failing test. */
export const eventually = async <T>(check: () => T | Promise<T>, limitMs = 30_000): Promise<T> => {
  const giveUpAt = Date.now() + limitMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > giveUpAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
};
