import multipart from '@fastify/multipart';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { trustedProxies } from '#libs/platform';
import type { GatewayConfig } from '../gateway-config.js';
import { answerBrokenRequest } from './broken-request.js';
import { drainUnread } from './unread-body.js';

/** Longer than the idle time of usual load balancers, so that they close a connection first. */
const keepAliveMs = 72_000;
const headersTimeoutMs = 10_000;
/** How often Node looks for requests that are too slow; its default of 30 s would make the limits meaningless. */
const slownessCheckMs = 1_000;

/** Fastify with bodies left unread: whoever handles a request decides whether and how to read its body. */
export const fastifyAdapter = ({
  uploads,
  trustProxy,
}: Pick<GatewayConfig, 'uploads' | 'trustProxy'>): FastifyAdapter => {
  const adapter = new FastifyAdapter({
    trustProxy: trustedProxies(trustProxy),
    logger: false,
    keepAliveTimeout: keepAliveMs,
    // The guard of last resort behind the limit on bodies, which answers in better words.
    requestTimeout: uploads.bodyTimeoutMs + headersTimeoutMs,
    http: { headersTimeout: headersTimeoutMs, connectionsCheckingInterval: slownessCheckMs },
    clientErrorHandler: answerBrokenRequest,
    // At the end, what still comes on open connections is answered with a verdict, and the connection closed.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 256 },
  });
  const fastify = adapter.getInstance();
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (_request, _body, done) => done(null));
  fastify.register(multipart, { throwFileSizeLimit: false });
  fastify.addHook('onResponse', (request, _reply, done) => {
    drainUnread(request.raw);
    done();
  });
  return adapter;
};
