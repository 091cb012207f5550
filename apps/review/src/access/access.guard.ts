import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '#libs/platform';
import { accessRule, type AccessRule, beforeDuties } from './access.js';
import { type Caller, type Duty, rememberCaller } from './caller.js';
import { CallerService } from './caller.service.js';
import { mayCall } from './may-call.js';

/** For the machines that watch this one. */
const openPaths = /^\/(metrics|v1\/health\/(live|ready))$/;

const howToDo: Record<Duty, string> = {
  new_password: 'Choose a password of your own first: POST /v1/me/password.',
  second_factor: 'Your role needs a second factor. Set it up first: POST /v1/me/totp.',
};

/** Lets in whom a route's `@Access` names. A route without it is closed to everybody: what was forgotten is shut. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly callers: CallerService,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    if (openPaths.test(request.routeOptions.url ?? '')) return true;
    const rule = this.markOf<AccessRule>(accessRule, context);
    if (rule === undefined)
      throw new Problem('forbidden', 'This route is closed: it names nobody who may call it.');
    if (rule === 'public') return true;
    const caller = await this.callers.whoSent(request, http.getResponse<FastifyReply>());
    const permitted = mayCall(rule, caller);
    if (!permitted.ok) throw new Problem(permitted.code, permitted.detail);
    if (!this.markOf<boolean>(beforeDuties, context)) refuseBeforeDuties(caller);
    rememberCaller(request, caller);
    return true;
  }

  private markOf<Mark>(name: string, context: ExecutionContext): Mark | undefined {
    return this.reflector.getAllAndOverride<Mark | undefined>(name, [
      context.getHandler(),
      context.getClass(),
    ]);
  }
}

const refuseBeforeDuties = (caller: Caller): void => {
  const duty = caller.kind === 'moderator' ? caller.duties[0] : undefined;
  if (duty !== undefined) throw new Problem('forbidden', howToDo[duty], { extensions: { duty } });
};
