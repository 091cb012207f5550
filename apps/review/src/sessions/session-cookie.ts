import type { CookieSerializeOptions } from '@fastify/cookie';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONFIG, type ReviewConfig } from '../review-config.js';

/**
 * Over https the name begins with `__Host-`: then browsers accept it from this host alone and never from a subdomain
 * (draft-ietf-httpbis-rfc6265bis, section 4.1.3.2).
 */
export const sessionCookieName = (secure: boolean): string => (secure ? '__Host-sluice' : 'sluice');

/** The cookie that holds a session's token. */
@Injectable()
export class SessionCookie {
  private readonly name: string;
  private readonly options: CookieSerializeOptions;

  constructor(@Inject(CONFIG) { session: { secureCookies: secure } }: Pick<ReviewConfig, 'session'>) {
    this.name = sessionCookieName(secure);
    // No script can read it, and no other site's request carries it. Without an age: the server says when it ends, and
    // a browser that is closed forgets it.
    this.options = { path: '/', httpOnly: true, sameSite: 'strict', secure };
  }

  tokenIn(cookies: FastifyRequest['cookies']): string | undefined {
    return cookies[this.name] || undefined;
  }

  give(reply: FastifyReply, token: string): void {
    void reply.setCookie(this.name, token, this.options);
  }

  take(reply: FastifyReply): void {
    void reply.clearCookie(this.name, this.options);
  }
}
