import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { BusTransport, EventBus } from '#libs/events';
import { type Logger, NestPinoLogger } from '#libs/platform';
import type { WorkerConfig } from './worker-config.js';
import { WorkerModule } from './worker.module.js';

/** Below the process's own limit at shutdown, so that there is time left to close what was opened. */
const stopLimitSeconds = 10;

/** The whole worker. It takes events once its microservices are started, which `serve` does before it listens. */
export const createWorker = async (config: WorkerConfig, logger: Logger): Promise<NestFastifyApplication> => {
  const app = await NestFactory.create<NestFastifyApplication>(
    WorkerModule.forRoot(config, logger),
    new FastifyAdapter({ logger: false, forceCloseConnections: 'idle' }),
    { logger: new NestPinoLogger(logger), bodyParser: false, abortOnError: false },
  );
  const { size: batchSize, concurrency } = config.batch;
  const options = { batchSize, concurrency, stopLimitSeconds };
  app.connectMicroservice({ strategy: new BusTransport(app.get(EventBus), 'worker', options) });
  return app;
};
