import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Actor, ModeratorRole } from '#libs/database';
import type { ApiScope } from '#libs/domain';
import { Problem } from '#libs/platform';

/** The person behind a request. */
export interface SignedInModerator {
  id: string;
  email: string;
  displayName: string;
  role: ModeratorRole;
}

/** What somebody has to do before anything else: choose a password of their own, set up a second factor. */
export type Duty = 'new_password' | 'second_factor';

/** A person, and the session by which they are known. */
export type SessionHolder = SignedInModerator & { sessionId: string; duties: Duty[] };

/** The service behind a request: its API key. */
export interface CallingService {
  id: string;
  name: string;
  scopes: ApiScope[];
}

/** Who asks. */
export type Caller = ({ kind: 'moderator' } & SessionHolder) | ({ kind: 'service' } & CallingService);

/** As whom the audit knows the caller. */
export const actorOf = ({ kind, id }: Caller): Actor => ({ kind, id });

const caller = Symbol('the caller');
type Identified = FastifyRequest & { [caller]?: Caller };

export const rememberCaller = (request: FastifyRequest, who: Caller): void => {
  (request as Identified)[caller] = who;
};

const callerOf = (context: ExecutionContext): Caller => {
  const who = context.switchToHttp().getRequest<Identified>()[caller];
  if (!who) throw new Problem('unauthorized', 'Sign in, or send an API key.');
  return who;
};

const personOf = (context: ExecutionContext): SessionHolder => {
  const who = callerOf(context);
  if (who.kind !== 'moderator') throw new Problem('forbidden', 'This is for people who are signed in.');
  return who;
};

/** The person or service that asks, as a parameter of a route. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext) =>
  callerOf(context),
);

/** The signed-in moderator, as a parameter of a route that services do not call. */
export const Moderator = createParamDecorator((_: unknown, context: ExecutionContext): SignedInModerator => {
  const { id, email, displayName, role } = personOf(context);
  return { id, email, displayName, role };
});

/** The same with their session, for routes that are about it. */
export const CurrentSession = createParamDecorator((_: unknown, context: ExecutionContext) =>
  personOf(context),
);
