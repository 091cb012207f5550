/** An operation that did not end in its time. */
export class DeadlineExceeded extends Error {
  constructor(limitMs: number) {
    super(`there was no answer within ${limitMs} ms`);
    this.name = 'DeadlineExceeded';
  }
}

/**
 * Rejects when the time is over, whether or not the work heeds its signal: some of what a client does (a pause between
 * two tries, a look for credentials) does not.
 *
 * @throws DeadlineExceeded
 */
export const withinDeadline = async <T>(
  limitMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = new DeadlineExceeded(limitMs);
      reject(error);
      controller.abort(error);
    }, limitMs);
  });
  try {
    return await Promise.race([work(controller.signal), over]);
  } finally {
    clearTimeout(timer);
  }
};
