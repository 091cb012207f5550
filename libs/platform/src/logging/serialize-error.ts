/** What a log line tells of an error. */
export interface LoggedError {
  type: string;
  message: string;
  code?: string | number;
  stack?: string;
  cause?: LoggedError;
}

/** Causes of causes that are still told: enough for any real chain, and an end to one that bites its tail. */
const longestChain = 8;

/**
 * An error by its name, words, code, stack and causes, and nothing else that hangs on it: a driver's error carries the
 * statement with its parameters, a client's the request with its headers.
 */
export const serializeError = (error: unknown, depth = 0): LoggedError => {
  if (!(error instanceof Error))
    return { type: typeof error, message: typeof error === 'string' ? error : 'not an error' };
  const message = messageOf(error);
  const { code } = error as { code?: unknown };
  return {
    type: error.constructor.name,
    message,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    // A stack begins with the message as it was.
    ...(error.stack === undefined ? {} : { stack: error.stack.replace(error.message, () => message) }),
    ...(error.cause === undefined || depth >= longestChain
      ? {}
      : { cause: serializeError(error.cause, depth + 1) }),
  };
};

/**
 * Postgres quotes the value that it could not take in messages of class 22 (data exception), as in `invalid input syntax
 * for type uuid: "…"`. In other classes quotes hold names of ours, and values stand in `detail`.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export const messageOf = (error: Error): string => {
  const { code } = error as { code?: unknown };
  const quotesValue = typeof code === 'string' && /^22[0-9A-Z]{3}$/.test(code);
  return quotesValue ? error.message.replace(/".*"/s, '"…"') : error.message;
};
