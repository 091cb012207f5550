import type { CookieSerializeOptions } from '@fastify/cookie';

/**
 * Over https the name begins with `__Host-`: then browsers accept it from this host alone and never from a subdomain
 * (draft-ietf-httpbis-rfc6265bis, section 4.1.3.2).
 */
export const sessionCookieName = (secure: boolean): string => (secure ? '__Host-sluice' : 'sluice');

/**
 * No script can read it, and no other site's request carries it. Without an age: the server says when it ends, and a
 * browser that is closed forgets it.
 */
export const sessionCookieOptions = (secure: boolean): CookieSerializeOptions => ({
  path: '/',
  httpOnly: true,
  sameSite: 'strict',
  secure,
});
