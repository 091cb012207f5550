import { Injectable } from '@nestjs/common';
import { DataSource, type ModeratorEntity, type TooManyTries, TryLimit } from '#libs/database';
import { ok, type Result } from '#libs/domain';
import { Problem, SecretCipher } from '#libs/platform';
import type { SessionHolder } from '../access/caller.js';
import { AccountsRepository } from './accounts.repository.js';
import { hashRecoveryCode, newRecoveryCodes } from './recovery-codes.js';
import { SecondFactorRepository } from './second-factor.repository.js';
import { newTotpSecret, stepOfCode, totpUri } from './totp.js';

/**
 * Wrong codes of one account, whoever types them: who knows the password and guesses codes, three of which are right at
 * any time, has one chance in 1 400 a day.
 */
const wrongCodes = { name: 'code', tries: 10, seconds: 60 * 60 };

const sixDigits = /^\d{6}$/;
const contextOf = (moderatorId: string): string => `moderator ${moderatorId} totp`;

type Owner = Pick<ModeratorEntity, 'id' | 'totpSecret' | 'totpConfirmedAt'>;

/** The second factor beside a password: codes by time (TOTP, RFC 6238), and recovery codes for when they are lost. */
@Injectable()
export class SecondFactorService {
  private readonly limit: TryLimit;

  constructor(
    private readonly factors: SecondFactorRepository,
    private readonly accounts: AccountsRepository,
    private readonly cipher: SecretCipher,
    dataSource: DataSource,
  ) {
    this.limit = new TryLimit(dataSource, wrongCodes);
  }

  isSetUp({ totpConfirmedAt }: Pick<Owner, 'totpConfirmedAt'>): boolean {
    return totpConfirmedAt !== null;
  }

  /**
   * Makes a secret, which counts once a code of it was sent back.
   * @throws Problem `conflict` where there is a second factor already; `unavailable` where secrets cannot be stored
   */
  async begin({ id, email }: Pick<SessionHolder, 'id' | 'email'>): Promise<{ secret: string; uri: string }> {
    const secret = newTotpSecret();
    if (!(await this.factors.keepPending(id, this.cipher.seal(secret, contextOf(id)))))
      throw new Problem('conflict', 'You have a second factor already. Remove it first to set up another.');
    return { secret, uri: totpUri(secret, email) };
  }

  /**
   * @returns recovery codes, shown only now, and the token that the session goes on with
   * @throws Problem `conflict` where none is being set up; `invalid_request` for a wrong code; `rate_limited`
   */
  async confirm(holder: SessionHolder, code: string): Promise<{ recoveryCodes: string[]; token: string }> {
    const { totpSecret: sealed, totpConfirmedAt } = await this.accounts.get(holder.id);
    if (!sealed || totpConfirmedAt) throw notBeingSetUp();
    const counted = await this.limit.count(holder.id);
    if (!counted.ok) throw tooMany(counted);
    const step = stepOfCode(this.cipher.open(sealed, contextOf(holder.id)), code, Date.now());
    if (step === undefined) throw wrongCode();
    const recoveryCodes = newRecoveryCodes();
    const codes = recoveryCodes.map(hashRecoveryCode);
    const token = await this.factors.confirm(holder.id, { sealed, step, sessionId: holder.sessionId, codes });
    if (token === undefined) throw notBeingSetUp();
    await this.limit.forget(holder.id);
    return { recoveryCodes, token };
  }

  /** Whether a code, or a recovery code, is right and unspent; it is spent by that. */
  async prove(
    { id, totpSecret }: Owner,
    code: string,
  ): Promise<Result<undefined, { code: 'wrong' } | TooManyTries>> {
    const counted = await this.limit.count(id);
    if (!counted.ok) return counted;
    const isRight = sixDigits.test(code)
      ? await this.spendCode(id, totpSecret, code)
      : await this.factors.spendCode(id, hashRecoveryCode(code));
    if (!isRight) return { ok: false, code: 'wrong' };
    await this.limit.forget(id);
    return ok(undefined);
  }

  /** @throws Problem `conflict` without a second factor; `invalid_request` for a wrong code; `rate_limited` */
  async replaceRecoveryCodes(moderatorId: string, code: string): Promise<string[]> {
    await this.proveOrThrow(moderatorId, code);
    const recoveryCodes = newRecoveryCodes();
    await this.factors.replaceCodes(moderatorId, recoveryCodes.map(hashRecoveryCode));
    return recoveryCodes;
  }

  /** @throws Problem `conflict` without a second factor; `invalid_request` for a wrong code; `rate_limited` */
  async removeOwn(moderatorId: string, code: string): Promise<void> {
    await this.proveOrThrow(moderatorId, code);
    await this.factors.remove(moderatorId, { kind: 'moderator', id: moderatorId });
  }

  private async proveOrThrow(moderatorId: string, code: string): Promise<void> {
    const account = await this.accounts.get(moderatorId);
    if (!this.isSetUp(account)) throw new Problem('conflict', 'You have no second factor.');
    const proven = await this.prove(account, code);
    if (proven.ok) return;
    throw proven.code === 'wrong' ? wrongCode() : tooMany(proven);
  }

  private async spendCode(id: string, sealed: Buffer | null, code: string): Promise<boolean> {
    if (!sealed) return false;
    const step = stepOfCode(this.cipher.open(sealed, contextOf(id)), code, Date.now());
    return step !== undefined && this.factors.spendStep(id, step);
  }
}

const notBeingSetUp = (): Problem =>
  new Problem('conflict', 'No second factor is being set up; begin with POST /v1/me/totp.');

const wrongCode = (): Problem =>
  new Problem('invalid_request', 'The code is wrong, or was used before: wait for the next one.', {
    fields: [{ path: 'code', message: 'is not right now' }],
  });

const tooMany = ({ retryAfterSeconds }: TooManyTries): Problem =>
  new Problem('rate_limited', 'Too many wrong codes. Wait, then try again.', { retryAfterSeconds });
