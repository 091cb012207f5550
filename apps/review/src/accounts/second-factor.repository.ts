import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { type Actor, endSessions, recordAudit, renewSession } from '#libs/database';

const audited = (act: string, id: string) => ({ act, subject: { kind: 'moderator', id } });

/** Second factors of accounts, and what signs in once in their place. */
@Injectable()
export class SecondFactorRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Keeps a secret that is not confirmed yet. @returns false where one is confirmed already: nothing is changed */
  async keepPending(moderatorId: string, sealed: Buffer): Promise<boolean> {
    const [rows]: [unknown[], number] = await this.dataSource.query(
      `UPDATE moderator SET totp_secret = $2, totp_last_step = NULL
       WHERE id = $1 AND totp_confirmed_at IS NULL RETURNING id`,
      [moderatorId, sealed],
    );
    return rows.length === 1;
  }

  /**
   * From now on the second factor is asked for; other sessions, which were opened without it, end.
   * @param sealed the secret whose code was right
   * @returns the token that this session goes on with; undefined where the secret is another one, or confirmed
   */
  confirm(
    moderatorId: string,
    { sealed, step, sessionId, codes }: { sealed: Buffer; step: number; sessionId: string; codes: Buffer[] },
  ): Promise<string | undefined> {
    const actor: Actor = { kind: 'moderator', id: moderatorId };
    return this.dataSource.transaction(async (transaction) => {
      const [rows]: [unknown[], number] = await transaction.query(
        `UPDATE moderator SET totp_confirmed_at = now(), totp_last_step = $3
         WHERE id = $1 AND totp_secret = $2 AND totp_confirmed_at IS NULL RETURNING id`,
        [moderatorId, sealed, step],
      );
      if (rows.length === 0) return undefined;
      await replaceCodes(transaction, moderatorId, codes);
      await recordAudit(transaction, actor, audited('moderator.second_factor_added', moderatorId));
      await endSessions(transaction, moderatorId, { actor, why: 'second factor added', except: sessionId });
      return renewSession(transaction, sessionId, 'totp');
    });
  }

  /** Spends a time step. @returns false where it, or a later one, is spent already */
  async spendStep(moderatorId: string, step: number): Promise<boolean> {
    const [rows]: [unknown[], number] = await this.dataSource.query(
      `UPDATE moderator SET totp_last_step = $2
       WHERE id = $1 AND totp_confirmed_at IS NOT NULL AND (totp_last_step IS NULL OR totp_last_step < $2)
       RETURNING id`,
      [moderatorId, step],
    );
    return rows.length === 1;
  }

  /** Spends a recovery code. @returns whether it was there and unspent */
  spendCode(moderatorId: string, hash: Buffer): Promise<boolean> {
    return this.dataSource.transaction(async (transaction) => {
      const [rows]: [unknown[], number] = await transaction.query(
        `UPDATE recovery_code SET used_at = now()
         WHERE moderator_id = $1 AND hash = $2 AND used_at IS NULL RETURNING hash`,
        [moderatorId, hash],
      );
      if (rows.length === 0) return false;
      const actor: Actor = { kind: 'moderator', id: moderatorId };
      await recordAudit(transaction, actor, audited('moderator.recovery_code_used', moderatorId));
      return true;
    });
  }

  replaceCodes(moderatorId: string, codes: Buffer[]): Promise<void> {
    const actor: Actor = { kind: 'moderator', id: moderatorId };
    return this.dataSource.transaction(async (transaction) => {
      await replaceCodes(transaction, moderatorId, codes);
      await recordAudit(transaction, actor, audited('moderator.recovery_codes_replaced', moderatorId));
    });
  }

  /**
   * Sessions that it helped to open go on as opened by the password alone: where a role needs one, it has to be set up
   * again before anything else.
   * @returns whether there was one to remove, confirmed or not
   */
  remove(moderatorId: string, actor: Actor): Promise<boolean> {
    return this.dataSource.transaction(async (transaction) => {
      const [rows]: [unknown[], number] = await transaction.query(
        `UPDATE moderator SET totp_secret = NULL, totp_confirmed_at = NULL, totp_last_step = NULL
         WHERE id = $1 AND totp_secret IS NOT NULL RETURNING id`,
        [moderatorId],
      );
      if (rows.length === 0) return false;
      await transaction.query('DELETE FROM recovery_code WHERE moderator_id = $1', [moderatorId]);
      await transaction.query(
        `UPDATE session SET method = 'password' WHERE moderator_id = $1 AND method = 'totp'`,
        [moderatorId],
      );
      await recordAudit(transaction, actor, audited('moderator.second_factor_removed', moderatorId));
      return true;
    });
  }
}

const replaceCodes = async (
  transaction: EntityManager,
  moderatorId: string,
  codes: Buffer[],
): Promise<void> => {
  await transaction.query('DELETE FROM recovery_code WHERE moderator_id = $1', [moderatorId]);
  await transaction.query('INSERT INTO recovery_code (moderator_id, hash) SELECT $1, unnest($2::bytea[])', [
    moderatorId,
    codes,
  ]);
};
