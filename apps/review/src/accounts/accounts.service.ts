import { Injectable } from '@nestjs/common';
import { hashPassword, type ModeratorEntity, TryLimit, DataSource } from '#libs/database';
import { Problem } from '#libs/platform';
import type { SessionHolder } from '../access/caller.js';
import { PasswordService } from '../sessions/password.service.js';
import { AccountsRepository } from './accounts.repository.js';

/** An account as it is stored. */
export type Account = ModeratorEntity;

/** Wrong passwords of somebody who is signed in already, and changes theirs. */
const wrongPasswords = { name: 'own-password', tries: 10, seconds: 60 * 60 };

/** Accounts as their owners use them. */
@Injectable()
export class AccountsService {
  private readonly limit: TryLimit;

  constructor(
    private readonly accounts: AccountsRepository,
    private readonly passwords: PasswordService,
    dataSource: DataSource,
  ) {
    this.limit = new TryLimit(dataSource, wrongPasswords);
  }

  /** @param email lower case */
  async byEmail(email: string): Promise<Account | undefined> {
    return (await this.accounts.byEmail(email)) ?? undefined;
  }

  /**
   * Their other sessions end.
   * @returns the token that this session goes on with
   * @throws Problem `invalid_request` where the old password is wrong, or the new one is the old one; `conflict` where
   * it was changed meanwhile; `rate_limited`
   */
  async changePassword(
    { id, sessionId }: SessionHolder,
    { oldPassword, newPassword }: { oldPassword: string; newPassword: string },
  ): Promise<string> {
    const counted = await this.limit.count(id);
    if (!counted.ok)
      throw new Problem(counted.code, 'Too many wrong passwords. Wait, then try again.', {
        retryAfterSeconds: counted.retryAfterSeconds,
      });
    const { passwordHash: oldHash } = await this.accounts.get(id);
    if (oldHash === null || !(await this.passwords.fits(oldPassword, oldHash)))
      throw unfit('oldPassword', 'is not your password');
    if (newPassword === oldPassword) throw unfit('newPassword', 'is the old one');
    const newHash = await hashPassword(newPassword);
    const token = await this.accounts.changePassword(id, { oldHash, newHash, sessionId });
    if (token === undefined)
      throw new Problem(
        'conflict',
        'Your password was changed by somebody else meanwhile; nothing was done.',
      );
    await this.limit.forget(id);
    return token;
  }
}

const unfit = (path: string, message: string): Problem =>
  new Problem('invalid_request', `${path}: ${message}`, { fields: [{ path, message }] });
