import type { CookieSerializeOptions } from '@fastify/cookie';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CONFIG, type ReviewConfig } from '../../review-config.js';
import type { PendingSignIn } from './oidc-client.js';

/** Seconds to sign in at the provider. */
const maxAge = 10 * 60;

const pendingSchema = z.object({ state: z.string(), nonce: z.string(), codeVerifier: z.string() });

/** Binds the provider's answer to the browser that asked: an answer that somebody else got opens nothing here. */
@Injectable()
export class PendingCookie {
  private readonly name: string;
  private readonly options: CookieSerializeOptions;

  constructor(@Inject(CONFIG) { session: { secureCookies: secure } }: Pick<ReviewConfig, 'session'>) {
    this.name = secure ? '__Host-sluice-oidc' : 'sluice-oidc';
    // Lax, not Strict: it must come along when the provider's page leads back here.
    this.options = { path: '/', httpOnly: true, sameSite: 'lax', secure };
  }

  give(reply: FastifyReply, pending: PendingSignIn): void {
    const value = Buffer.from(JSON.stringify(pending)).toString('base64url');
    void reply.setCookie(this.name, value, { ...this.options, maxAge });
  }

  /** Also has the browser forget it: it serves once. */
  take({ cookies }: FastifyRequest, reply: FastifyReply): PendingSignIn | undefined {
    void reply.clearCookie(this.name, this.options);
    try {
      const value: unknown = JSON.parse(Buffer.from(cookies[this.name] ?? '', 'base64url').toString());
      return pendingSchema.parse(value);
    } catch {
      return undefined;
    }
  }
}
