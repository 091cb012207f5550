import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Readiness } from '../health/readiness.js';
import { LOGGER } from '../platform.module.js';
import type { Logger } from '../logging/logger.js';

/** Longest wait for work in flight at shutdown, in milliseconds; then the process ends anyway, with status 1. */
const shutdownLimitMs = 20_000;

/**
 * Starts the app's consumers, listens, and ends in order on SIGTERM, SIGINT, or when the supervisor that started this process is gone: not ready
 * first, then Nest's shutdown hooks (finish what is in flight, close what was opened), then exit.
 *
 * @param afterwards what is left to do once the app is closed: its last spans are exported
 * @returns the URL it listens on
 */
export const serve = async (
  app: NestFastifyApplication,
  { host, port }: { host: string; port: number },
  afterwards: () => Promise<void> = () => Promise.resolve(),
): Promise<string> => {
  const logger = app.get<Logger>(LOGGER);
  let stopping: Promise<void> | undefined;
  const stop = (why: string): void => {
    stopping ??= shutdown(app, logger, why, afterwards);
  };
  process.once('SIGTERM', () => stop('SIGTERM'));
  process.once('SIGINT', () => stop('SIGINT'));
  process.once('disconnect', () => stop('the supervisor is gone'));
  await app.init();
  await app.startAllMicroservices();
  await app.listen({ port, host });
  const url = await app.getUrl();
  logger.info({ url }, 'listening');
  // It may have gone while this process was still loading: then no event comes any more.
  if (process.connected === false) stop('the supervisor is gone');
  return url;
};

/**
 * A supervisor that is gone reads our output no more, and pino, which flushes at process.exit(), would try for ever to
 * write its last lines into the broken pipe.
 */
const exit = (code: number): void => {
  if (process.connected === false) process.kill(process.pid, 'SIGKILL');
  process.exit(code);
};

const shutdown = async (
  app: NestFastifyApplication,
  logger: Logger,
  why: string,
  afterwards: () => Promise<void>,
): Promise<void> => {
  logger.info({ why }, 'shutting down');
  app.get(Readiness).drain();
  setTimeout(() => {
    logger.error({ limitMs: shutdownLimitMs }, 'work in flight did not end in time');
    exit(1);
  }, shutdownLimitMs).unref();
  try {
    await app.close();
    await afterwards();
    exit(0);
  } catch (error) {
    logger.error({ err: error }, 'shutdown failed');
    exit(1);
  }
};

/** Starts an app, or says in one readable line why it cannot be started, and exits with 1. */
export const startOrExplain = (start: () => Promise<unknown>): void => {
  start().catch((error: unknown) => {
    console.error(error instanceof Error && error.name.endsWith('Error') ? error.message : error);
    if (
      error instanceof Error &&
      !['ConfigError', 'PackError', 'DetectorError', 'ProviderError'].includes(error.name)
    )
      console.error(error.stack);
    exit(1);
  });
};
