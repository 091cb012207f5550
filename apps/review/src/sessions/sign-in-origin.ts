import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';

/** From where somebody signs in, as their own list of sessions and the audit show it. */
export interface SignInOrigin {
  address: string;
  userAgent: string | null;
}

/** Characters: browsers say less, and others shall not fill the table. */
const mostUserAgent = 256;

/** A proxy may pass on words that are no address: then the proxy's own counts. */
export const originOf = ({ ip, socket, headers }: FastifyRequest): SignInOrigin => ({
  address: isIP(ip) === 0 ? (socket.remoteAddress ?? 'unknown') : ip,
  userAgent: headers['user-agent']?.slice(0, mostUserAgent) ?? null,
});
