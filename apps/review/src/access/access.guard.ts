import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { Problem } from '#libs/platform';
import { accessRule, type AccessRule } from './access.js';
import { rememberCaller } from './caller.js';
import { CallerService } from './caller.service.js';
import { mayCall } from './may-call.js';

/** For the machines that watch this one. */
const openPaths = /^\/(metrics|v1\/health\/(live|ready))$/;

/** Lets in whom a route's `@Access` names. A route without it is closed to everybody: what was forgotten is shut. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly callers: CallerService,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (openPaths.test(request.routeOptions.url ?? '')) return true;
    const rule = this.reflector.getAllAndOverride<AccessRule | undefined>(accessRule, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (rule === undefined)
      throw new Problem('forbidden', 'This route is closed: it names nobody who may call it.');
    if (rule === 'public') return true;
    const caller = await this.callers.whoSent(request);
    const permitted = mayCall(rule, caller);
    if (!permitted.ok) throw new Problem(permitted.code, permitted.detail);
    rememberCaller(request, caller);
    return true;
  }
}
