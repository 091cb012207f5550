import { createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { ModeratorRole } from '#libs/database';
import { Problem } from '#libs/platform';

/** The person behind a request. */
export interface SignedInModerator {
  id: string;
  email: string;
  displayName: string;
  role: ModeratorRole;
}

const signedIn = Symbol('the signed-in moderator');
type MaybeSignedIn = FastifyRequest & { [signedIn]?: SignedInModerator };

export const rememberSignedIn = (request: FastifyRequest, moderator: SignedInModerator): void => {
  (request as MaybeSignedIn)[signedIn] = moderator;
};

/** Marks a route that needs no session: every other one does. */
export const Public = () => SetMetadata(publicRoute, true);
export const publicRoute = 'public route';

/** The signed-in moderator, as a parameter of a route. */
export const Moderator = createParamDecorator((_: unknown, context: ExecutionContext): SignedInModerator => {
  const moderator = context.switchToHttp().getRequest<MaybeSignedIn>()[signedIn];
  if (!moderator) throw new Problem('unauthorized', 'Sign in first.');
  return moderator;
});
