import cookie from '@fastify/cookie';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BusTransport, EventBus } from '#libs/events';
import { type Logger, NestPinoLogger, serveOpenApi, trustedProxies } from '#libs/platform';
import type { ReviewConfig } from './review-config.js';
import { ReviewModule } from './review.module.js';
import { sessionCookieName } from './sessions/session-cookie.js';

/** Bytes: requests are small JSON. */
const bodyLimit = 64 * 1024;
/** Events written in one transaction at most. */
const batchSize = 100;

/** Answers are for one person at one moment, and some show a secret once: unless a route says otherwise, none is kept. */
const keepOutOfCaches = async (_request: FastifyRequest, reply: FastifyReply): Promise<void> => {
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  reply.header('x-content-type-options', 'nosniff');
};

/** The whole review app. It takes events once its microservices are started, which `serve` does before it listens. */
export const createReview = async (config: ReviewConfig, logger: Logger): Promise<NestFastifyApplication> => {
  const app = await NestFactory.create<NestFastifyApplication>(
    ReviewModule.forRoot(config, logger),
    new FastifyAdapter({ bodyLimit, trustProxy: trustedProxies(config.trustProxy) }),
    { logger: new NestPinoLogger(logger), abortOnError: false },
  );
  app.connectMicroservice({ strategy: new BusTransport(app.get(EventBus), 'review', { batchSize }) });
  await app.register(cookie);
  app.getHttpAdapter().getInstance().addHook('onSend', keepOutOfCaches);
  serveOpenApi(app, (document) =>
    document
      .setTitle('Sluice review')
      .setDescription('Cases that wait for a person, and what people decide.')
      .addCookieAuth(sessionCookieName(config.session.secureCookies)),
  );
  return app;
};
