import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Logger, NestPinoLogger, serveOpenApi } from '#libs/platform';
import type { GatewayConfig } from './gateway-config.js';
import { GatewayModule } from './gateway.module.js';
import { fastifyAdapter } from './http/fastify.js';

/** The whole gateway, ready to listen. */
export const createGateway = async (
  config: GatewayConfig,
  logger: Logger,
): Promise<NestFastifyApplication> => {
  const app = await NestFactory.create<NestFastifyApplication>(
    GatewayModule.forRoot(config, logger),
    fastifyAdapter(config),
    { logger: new NestPinoLogger(logger), bodyParser: false, abortOnError: false },
  );
  serveOpenApi(app, (document) =>
    document
      .setTitle('Sluice gateway')
      .setDescription('Send an image, get a verdict.')
      .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key' }),
  );
  return app;
};
