import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type Actor, endSessions, ModeratorEntity, recordAudit, renewSession } from '#libs/database';

/** Accounts as their owners use them. */
@Injectable()
export class AccountsRepository {
  constructor(private readonly dataSource: DataSource) {}

  byEmail(email: string): Promise<ModeratorEntity | null> {
    return this.dataSource.getRepository(ModeratorEntity).findOneBy({ email });
  }

  /** @throws EntityNotFoundError; accounts are never deleted */
  get(id: string): Promise<ModeratorEntity> {
    return this.dataSource.getRepository(ModeratorEntity).findOneByOrFail({ id });
  }

  /**
   * Sets a password that its owner chose; their other sessions end.
   * @returns the token that this session goes on with; undefined where the old password is no longer `oldHash`'s
   */
  changePassword(
    id: string,
    { oldHash, newHash, sessionId }: { oldHash: string; newHash: string; sessionId: string },
  ): Promise<string | undefined> {
    const actor: Actor = { kind: 'moderator', id };
    return this.dataSource.transaction(async (transaction) => {
      const [rows]: [unknown[], number] = await transaction.query(
        `UPDATE moderator SET password_hash = $3, must_change_password = false
         WHERE id = $1 AND password_hash = $2 RETURNING id`,
        [id, oldHash, newHash],
      );
      if (rows.length === 0) return undefined;
      await recordAudit(transaction, actor, {
        act: 'moderator.password_changed',
        subject: { kind: 'moderator', id },
      });
      await endSessions(transaction, id, { actor, why: 'password changed', except: sessionId });
      return renewSession(transaction, sessionId);
    });
  }
}
