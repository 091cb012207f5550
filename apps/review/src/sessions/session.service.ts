import { createHash, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Problem } from '#libs/platform';
import { PasswordService } from './password.service.js';
import { CONFIG, type ReviewConfig } from '../review-config.js';
import type { SignedInModerator } from '../access/caller.js';
import { LoginThrottle } from './login-throttle.js';
import { sessionCookieName } from './session-cookie.js';
import { SessionRepository } from './session.repository.js';

/** 256 random bits, base64url: what the cookie holds. */
export type SessionToken = string;

const tokenBytes = 32;
const hashOf = (token: SessionToken): Buffer => createHash('sha256').update(token).digest();

const refuse = (): never => {
  throw new Problem('unauthorized', 'The e-mail address or the password is wrong.');
};

/** Signing in and out, and who is behind a token. */
@Injectable()
export class SessionService {
  /** of the cookie that holds the token */
  readonly cookieName: string;

  constructor(
    private readonly sessions: SessionRepository,
    private readonly passwords: PasswordService,
    private readonly throttle: LoginThrottle,
    @Inject(CONFIG) private readonly config: Pick<ReviewConfig, 'session'>,
  ) {
    this.cookieName = sessionCookieName(config.session.secureCookies);
  }

  /**
   * @param credentials with the address in lower case
   * @throws Problem `unauthorized`, the same whatever was wrong; `rate_limited` after too many tries
   */
  async signIn(
    credentials: { email: string; password: string },
    address: string,
  ): Promise<{ token: SessionToken; moderator: SignedInModerator }> {
    const { email, password } = credentials;
    await this.throttle.countTry(email, address);
    const account = await this.sessions.accountOf(email);
    const isRight = await this.passwords.fits(password, account?.passwordHash);
    if (!account || !isRight || account.disabledAt !== null) return refuse();
    await this.throttle.forgetTries(email, address);
    const token = randomBytes(tokenBytes).toString('base64url');
    if (!(await this.sessions.open(hashOf(token), account, this.config.session.hours))) return refuse();
    const { id, displayName, role } = account;
    return { token, moderator: { id, email, displayName, role } };
  }

  /** Undefined where the session has ended, was never there, or its account was disabled. */
  async whoHolds(token: SessionToken): Promise<SignedInModerator | undefined> {
    return this.sessions.touch(hashOf(token), this.config.session.idleMinutes);
  }

  async signOut(token: SessionToken): Promise<void> {
    await this.sessions.end(hashOf(token));
  }
}
