import type { FastifyRequest } from 'fastify';

/** From where somebody signs in, as their own list of sessions and the audit show it. */
export interface SignInOrigin {
  address: string;
  userAgent: string | null;
}

/** Characters: browsers say less, and others shall not fill the table. */
const mostUserAgent = 256;

export const originOf = ({ ip, headers }: FastifyRequest): SignInOrigin => ({
  address: ip,
  userAgent: headers['user-agent']?.slice(0, mostUserAgent) ?? null,
});
