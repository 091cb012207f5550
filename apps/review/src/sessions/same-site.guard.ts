import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Problem } from '#libs/platform';

const changesNothing = new Set(['GET', 'HEAD', 'OPTIONS']);
const carriesBody = new Set(['POST', 'PUT', 'PATCH']);

/**
 * Keeps other sites from acting with a moderator's cookie, beside the cookie's own SameSite: what changes something
 * must be JSON, which a form cannot send and a script of another site only after asking (CORS), and must not be
 * declared cross-site by the browser (Fetch Metadata, https://www.w3.org/TR/fetch-metadata/).
 */
@Injectable()
export class SameSiteGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { method, headers } = context.switchToHttp().getRequest<FastifyRequest>();
    if (changesNothing.has(method)) return true;
    if (headers['sec-fetch-site'] === 'cross-site')
      throw new Problem('forbidden', 'Another site asked for this in your name; nothing was done.');
    const mediaType = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
    if (carriesBody.has(method) && mediaType !== 'application/json')
      throw new Problem(
        'invalid_request',
        'Send a JSON body with content-type: application/json; {} is enough.',
      );
    return true;
  }
}
