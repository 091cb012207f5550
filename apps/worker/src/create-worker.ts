import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Logger, NestPinoLogger } from '#libs/platform';
import type { WorkerConfig } from './worker-config.js';
import { WorkerModule } from './worker.module.js';

/** The whole worker. It takes events as soon as it is initialised, before it listens. */
export const createWorker = (config: WorkerConfig, logger: Logger): Promise<NestFastifyApplication> =>
  NestFactory.create<NestFastifyApplication>(
    WorkerModule.forRoot(config, logger),
    new FastifyAdapter({ logger: false, forceCloseConnections: 'idle' }),
    { logger: new NestPinoLogger(logger), bodyParser: false, abortOnError: false },
  );
