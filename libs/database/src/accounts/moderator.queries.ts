import type { DataSource, EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { emailSchema } from './email.js';
import type { ModeratorRole } from './moderator.entity.js';
import { hashPassword, maxPasswordLength, minPasswordLength } from './password.js';

export interface NewModerator {
  email: string;
  displayName: string;
  role: ModeratorRole;
  password: string;
}

/**
 * Makes an account, or, where the address has one already, gives that account this name, role and password and lets
 * it sign in again; whoever was signed in to it no longer is, because a new password is often the answer to a theft.
 * @returns the account's id
 * @throws RangeError for a password that is too short or too long; ZodError for what is no e-mail address
 */
export const createModerator = async (
  dataSource: DataSource,
  { email, displayName, role, password }: NewModerator,
): Promise<string> => {
  if (password.length < minPasswordLength || password.length > maxPasswordLength)
    throw new RangeError(`a password has ${minPasswordLength} to ${maxPasswordLength} characters`);
  const account = [uuidv7(), emailSchema.parse(email), displayName, role, await hashPassword(password)];
  return dataSource.transaction(async (transaction) => {
    const rows: { id: string }[] = await transaction.query(
      `INSERT INTO moderator (id, email, display_name, role, password_hash) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (email) DO UPDATE SET display_name = excluded.display_name, role = excluded.role,
         password_hash = excluded.password_hash, disabled_at = NULL
       RETURNING id`,
      account,
    );
    const { id } = rows[0]!;
    await endSessions(transaction, id);
    return id;
  });
};

/** From now on the account signs in no more, and its sessions have ended. @returns whether there was such an account */
export const disableModerator = async (dataSource: DataSource, email: string): Promise<boolean> => {
  const address = emailSchema.parse(email);
  return dataSource.transaction(async (transaction) => {
    const [rows]: [{ id: string }[], number] = await transaction.query(
      'UPDATE moderator SET disabled_at = now() WHERE email = $1 RETURNING id',
      [address],
    );
    if (!rows[0]) return false;
    await endSessions(transaction, rows[0].id);
    return true;
  });
};

/**
 * After the account's row was changed, in a statement of its own: it then also sees the session of somebody who signed
 * in while the change waited for the row.
 */
const endSessions = (transaction: EntityManager, moderatorId: string): Promise<unknown> =>
  transaction.query('DELETE FROM session WHERE moderator_id = $1', [moderatorId]);
