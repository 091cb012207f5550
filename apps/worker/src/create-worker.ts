import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { BusTransport, EventBus } from '#libs/events';
import { type Logger, NestPinoLogger } from '#libs/platform';
import { Opened } from './opened.js';
import type { WorkerConfig } from './worker-config.js';
import { WorkerModule } from './worker.module.js';

/** Below the process's own limit at shutdown, so that there is time left to close what was opened. */
const stopLimitSeconds = 10;

/**
 * The whole worker. It takes events once its microservices are started, which `serve` does before it listens. When it
 * cannot be made, nothing of it is left open.
 */
export const createWorker = async (config: WorkerConfig, logger: Logger): Promise<NestFastifyApplication> => {
  const opened = new Opened();
  const app = await NestFactory.create<NestFastifyApplication>(
    WorkerModule.forRoot(config, logger, opened),
    new FastifyAdapter({ logger: false, forceCloseConnections: 'idle' }),
    { logger: new NestPinoLogger(logger), bodyParser: false, abortOnError: false },
  ).catch(async (cause: unknown) => {
    await opened.close().catch((error: unknown) => logger.warn({ err: error }, 'not all was closed'));
    throw cause;
  });
  const { size: batchSize, concurrency } = config.batch;
  const options = { batchSize, concurrency, stopLimitSeconds };
  app.connectMicroservice({ strategy: new BusTransport(app.get(EventBus), 'worker', options) });
  return app;
};
