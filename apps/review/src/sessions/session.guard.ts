import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { Problem } from '#libs/platform';
import { CONFIG, type ReviewConfig } from '../review-config.js';
import { publicRoute, rememberSignedIn } from '../signed-in.js';
import { sessionCookieName } from './session-cookie.js';
import { SessionService } from './session.service.js';

/** For the machines that watch this one. */
const openPaths = /^\/(metrics|v1\/health\/(live|ready))$/;

/** Every route needs a session, unless it says otherwise: what was forgotten is closed. */
@Injectable()
export class SessionGuard implements CanActivate {
  private readonly cookieName: string;

  constructor(
    private readonly reflector: Reflector,
    private readonly sessions: SessionService,
    @Inject(CONFIG) config: ReviewConfig,
  ) {
    this.cookieName = sessionCookieName(config.session.secureCookies);
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const isPublic = this.reflector.getAllAndOverride<boolean>(publicRoute, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (isPublic || openPaths.test(request.routeOptions.url ?? '')) return true;
    const token = request.cookies[this.cookieName];
    const moderator = token ? await this.sessions.whoHolds(token) : undefined;
    if (!moderator)
      throw new Problem('unauthorized', 'Nobody is signed in, or the session has ended: sign in.');
    rememberSignedIn(request, moderator);
    return true;
  }
}
