import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { SignInMethod } from '#libs/database';
import { Problem } from '#libs/platform';
import type { SessionHolder } from '../access/caller.js';
import { type Account, AccountsService } from '../accounts/accounts.service.js';
import { SecondFactorService } from '../accounts/second-factor.service.js';
import { LoginThrottle } from './login-throttle.js';
import { PasswordService } from './password.service.js';
import { SessionRepository } from './session.repository.js';
import { SessionService } from './session.service.js';
import type { SignInOrigin } from './sign-in-origin.js';

interface Credentials {
  /** lower case */
  email: string;
  password: string;
  /** of the second factor, or a recovery code */
  totp?: string | undefined;
}

/** Signing in with a password, and a second factor where the account has one. */
@Injectable()
export class SignInService {
  constructor(
    private readonly accounts: AccountsService,
    private readonly sessions: SessionService,
    private readonly refusals: SessionRepository,
    private readonly passwords: PasswordService,
    private readonly secondFactor: SecondFactorService,
    private readonly throttle: LoginThrottle,
  ) {}

  /**
   * @throws Problem `unauthorized`, the same whichever of address and password was wrong; with `secondFactor` in its
   * body where these were right and a code is due; `rate_limited` after too many tries
   */
  async signIn(
    { email, password, totp }: Credentials,
    origin: SignInOrigin,
    reply: FastifyReply,
  ): Promise<SessionHolder> {
    await this.countTry(email, origin);
    const account = await this.accounts.byEmail(email);
    const isRight = await this.passwords.fits(password, account?.passwordHash);
    if (!account || !isRight || account.disabledAt !== null)
      return this.refuse(origin, account, whyNot(account, isRight));
    const method = await this.proveSecondFactor(account, totp, origin);
    await this.throttle.forgetTries(email, origin.address);
    const holder = await this.sessions.open(account, method, origin, reply);
    return holder ?? this.refuse(origin, account, 'the account was changed meanwhile');
  }

  private async countTry(email: string, { address }: SignInOrigin): Promise<void> {
    const counted = await this.throttle.countTry(email, address);
    if (counted.ok) return;
    // Once a limit: who goes on trying shall not fill the audit.
    if (counted.isFirst) {
      const account = await this.accounts.byEmail(email);
      await this.record(address, account, 'too many tries');
    }
    throw new Problem(counted.code, 'Too many tries to sign in. Wait, then try again.', {
      retryAfterSeconds: counted.retryAfterSeconds,
    });
  }

  private async proveSecondFactor(
    account: Account,
    code: string | undefined,
    { address }: SignInOrigin,
  ): Promise<SignInMethod> {
    if (!this.secondFactor.isSetUp(account)) return 'password';
    if (code === undefined)
      throw new Problem('unauthorized', 'Send the code of your second factor, too, as totp.', {
        extensions: { secondFactor: 'required' },
      });
    const proven = await this.secondFactor.prove(account, code);
    if (proven.ok) return 'totp';
    await this.record(address, account, `second factor: ${proven.code}`);
    if (proven.code === 'rate_limited')
      throw new Problem('rate_limited', 'Too many wrong codes. Wait, then try again.', {
        retryAfterSeconds: proven.retryAfterSeconds,
      });
    throw new Problem('unauthorized', 'The code is wrong, or was used before: wait for the next one.', {
      extensions: { secondFactor: 'wrong' },
    });
  }

  private async refuse({ address }: SignInOrigin, account: Account | undefined, why: string): Promise<never> {
    await this.record(address, account, why);
    throw new Problem('unauthorized', 'The e-mail address or the password is wrong.');
  }

  /** Never the address that was typed: now and then it is a password. */
  private record(address: string, account: Account | undefined, why: string): Promise<void> {
    const subject = account ? { kind: 'moderator', id: account.id } : { kind: 'address', id: address };
    return this.refusals.recordRefusal(subject as { kind: 'moderator' | 'address'; id: string }, {
      why,
      address,
    });
  }
}

const whyNot = (account: Account | undefined, isRight: boolean): string => {
  if (!account) return 'no such account';
  return isRight ? 'the account is disabled' : 'wrong password';
};
