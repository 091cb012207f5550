import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { IDToken } from 'openid-client';
import { emailSchema, type ModeratorRole } from '#libs/database';
import { isStorableText } from '#libs/domain';
import { LOGGER, type Logger, Problem } from '#libs/platform';
import { LoginThrottle } from '../login-throttle.js';
import { SessionRepository } from '../session.repository.js';
import { SessionService } from '../session.service.js';
import type { SignInOrigin } from '../sign-in-origin.js';
import { type Identity, IdentityRepository, type NoAccount } from './identity.repository.js';
import { OidcClient, type PendingSignIn } from './oidc-client.js';
import { roleOfClaim } from './role-of-claim.js';

const explanation: Record<NoAccount['code'], string> = {
  disabled: 'Your account is disabled.',
  unverified_email:
    'You have no account here, and the identity provider has verified no e-mail address of yours.',
  email_taken: 'Your e-mail address has an account with a password; sign in to that.',
  no_role: 'The identity provider gives you no role here.',
};

/** Signing in by an identity provider. */
@Injectable()
export class OidcService {
  constructor(
    private readonly client: OidcClient,
    private readonly identities: IdentityRepository,
    private readonly sessions: SessionService,
    private readonly refusals: SessionRepository,
    private readonly throttle: LoginThrottle,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** @throws Problem `not_found` where no provider is configured; `unavailable` */
  begin(): Promise<{ url: URL; pending: PendingSignIn }> {
    return this.client.begin();
  }

  /**
   * Opens a session for whom the provider names.
   * @throws Problem `unauthorized` where the answer cannot be used; `forbidden` where the person has no account here;
   * `not_found`, `unavailable`, `rate_limited`
   */
  async finish(
    query: string,
    pending: PendingSignIn | undefined,
    origin: SignInOrigin,
    reply: FastifyReply,
  ): Promise<void> {
    const { linksVerifiedEmail, roleClaim } = this.client.settings;
    if (!pending)
      throw new Problem('unauthorized', 'This browser has begun no sign-in, or too long ago: begin again.');
    await this.countTry(origin);
    const identity = this.identityOf(await this.claimsOf(query, pending, origin));
    if (roleClaim !== undefined && identity.role === undefined) return this.refuse('no_role', origin);
    const found = await this.identities.accountOf(identity, linksVerifiedEmail);
    if (!found.ok) return this.refuse(found.code, origin);
    const opened = await this.sessions.open(found.value, 'oidc', origin, reply);
    if (!opened) return this.refuse('disabled', origin);
    await this.throttle.forgetTryFrom(origin.address);
  }

  /** Anybody may come with a cookie and a code that they made up: it costs a request to the provider, and a row here. */
  private async countTry({ address }: SignInOrigin): Promise<void> {
    const counted = await this.throttle.countTryFrom(address);
    if (counted.ok) return;
    if (counted.isFirst)
      await this.refusals.recordRefusal({ kind: 'address', id: address }, { why: 'too many tries', address });
    throw new Problem(counted.code, 'Too many tries to sign in. Wait, then try again.', {
      retryAfterSeconds: counted.retryAfterSeconds,
    });
  }

  private async claimsOf(query: string, pending: PendingSignIn, { address }: SignInOrigin): Promise<IDToken> {
    try {
      return await this.client.finish(query, pending);
    } catch (error) {
      const { code, more } = error as Problem;
      this.logger.warn({ err: more.cause, code }, 'a sign-in by the identity provider failed');
      await this.refusals.recordRefusal(
        { kind: 'address', id: address },
        { why: 'not confirmed by the identity provider', address },
      );
      throw error;
    }
  }

  private identityOf(claims: IDToken): Identity {
    const { roleClaim, roleMap } = this.client.settings;
    const role: ModeratorRole | undefined =
      roleClaim === undefined ? undefined : roleOfClaim(claims[roleClaim], roleMap);
    const email = claims['email_verified'] === true ? emailSchema.safeParse(claims['email']).data : undefined;
    return {
      issuer: claims.iss,
      subject: claims.sub,
      name: nameOf(claims['name']),
      verifiedEmail: email,
      role,
    };
  }

  private async refuse(code: NoAccount['code'], { address }: SignInOrigin): Promise<never> {
    const why = `identity provider: ${code}`;
    await this.refusals.recordRefusal({ kind: 'address', id: address }, { why, address });
    throw new Problem('forbidden', `${explanation[code]} Ask an admin.`);
  }
}

/** Characters that an account's name has at most. */
const longestName = 100;

/** Where it is cut, no half of a character is left: that could not be stored. */
const nameOf = (claim: unknown): string | undefined =>
  typeof claim === 'string' && isStorableText(claim)
    ? claim
        .trim()
        .slice(0, longestName)
        .replace(/\p{Surrogate}$/u, '') || undefined
    : undefined;
