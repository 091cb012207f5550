import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ModeratorEntity, SessionEntity } from '#libs/database';
import type { SignedInModerator } from '../access/caller.js';

/** Sessions and the accounts behind them. */
@Injectable()
export class SessionRepository {
  constructor(private readonly dataSource: DataSource) {}

  accountOf(email: string): Promise<ModeratorEntity | null> {
    return this.dataSource.getRepository(ModeratorEntity).findOneBy({ email });
  }

  /**
   * Also forgets sessions that have ended, so that nobody else has to.
   * @param account as it was when its password was checked
   * @returns false where its password was changed, or the account disabled, since then: there is no session
   */
  async open(
    tokenHash: Buffer,
    account: Pick<ModeratorEntity, 'id' | 'passwordHash'>,
    hours: number,
  ): Promise<boolean> {
    await this.dataSource.query('DELETE FROM session WHERE expires_at < now()');
    const opened: unknown[] = await this.dataSource.query(
      `INSERT INTO session (id, token_hash, moderator_id, method, expires_at)
       SELECT gen_random_uuid(), $1, id, 'password', now() + make_interval(hours => $3) FROM moderator
       WHERE id = $2 AND password_hash = $4 AND disabled_at IS NULL FOR SHARE
       RETURNING moderator_id`,
      [tokenHash, account.id, hours, account.passwordHash],
    );
    return opened.length === 1;
  }

  /**
   * Who holds this session, if it still counts, and marks it as seen; at most once a minute, since every request comes
   * by here. session_pkey, then moderator_pkey.
   */
  async touch(tokenHash: Buffer, idleMinutes: number): Promise<SignedInModerator | undefined> {
    const rows: SignedInModerator[] = await this.dataSource.query(
      `WITH valid AS (
         SELECT session.token_hash, session.last_seen_at, moderator.id, moderator.email,
                moderator.display_name AS "displayName", moderator.role
         FROM session JOIN moderator ON moderator.id = session.moderator_id
         WHERE session.token_hash = $1 AND moderator.disabled_at IS NULL AND session.expires_at > now()
           AND session.last_seen_at > now() - make_interval(mins => $2)),
       seen AS (
         UPDATE session SET last_seen_at = now() FROM valid
         WHERE session.token_hash = valid.token_hash AND valid.last_seen_at < now() - interval '1 minute')
       SELECT id, email, "displayName", role FROM valid`,
      [tokenHash, idleMinutes],
    );
    return rows[0];
  }

  async end(tokenHash: Buffer): Promise<void> {
    await this.dataSource.getRepository(SessionEntity).delete({ tokenHash });
  }
}
