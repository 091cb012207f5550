import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiKeyRing } from '#libs/database';
import { Problem } from '#libs/platform';
import { SessionService } from '../sessions/session.service.js';
import type { Caller } from './caller.js';

/**
 * Finds out who sent a request: the service of its API key, else the person of its session. A request with both counts
 * as the service's, because a key is sent on purpose and a cookie by itself; a wrong key is refused, whatever the
 * cookie would have opened.
 */
@Injectable()
export class CallerService {
  constructor(
    private readonly keys: ApiKeyRing,
    private readonly sessions: SessionService,
  ) {}

  /**
   * Also puts a session's new token into the answer when its time has come.
   * @throws Problem `unauthorized`
   */
  async whoSent(
    { headers, cookies }: Pick<FastifyRequest, 'headers' | 'cookies'>,
    reply: FastifyReply,
  ): Promise<Caller> {
    if (headers.authorization !== undefined) return this.serviceOf(headers.authorization);
    const holder = await this.sessions.holderOf(cookies, reply);
    if (!holder) throw new Problem('unauthorized', 'Nobody is signed in, or the session has ended: sign in.');
    return { kind: 'moderator', ...holder };
  }

  private serviceOf(authorization: string): Caller {
    const key = this.keys.keyOf(authorization);
    if (!key) throw new Problem('unauthorized', 'Send a valid API key as Authorization: Bearer <key>.');
    return { kind: 'service', id: key.id, name: key.name, scopes: key.scopes };
  }
}
