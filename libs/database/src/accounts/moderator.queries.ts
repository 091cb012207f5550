import type { DataSource, EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { type Actor, recordAudit } from '../audit/record-audit.js';
import { emailSchema } from './email.js';
import type { ModeratorRole } from './moderator.entity.js';
import { hashPassword, maxPasswordLength, minPasswordLength } from './password.js';
import { endSessions } from './session.queries.js';

export interface NewModerator {
  email: string;
  displayName: string;
  role: ModeratorRole;
  password: string;
  /** whether the password only opens the way to choose another */
  mustChangePassword?: boolean;
}

const operator: Actor = { kind: 'system' };

/**
 * Makes an account, or, where the address has one already, gives that account this name, role and password and lets
 * it sign in again; whoever was signed in to it no longer is, because a new password is often the answer to a theft.
 * An operator's way in when nobody else can open the door; its second factor stays.
 * @returns the account's id
 * @throws RangeError for a password that is too short or too long; ZodError for what is no e-mail address
 */
export const createModerator = async (
  dataSource: DataSource,
  { email, displayName, role, password, mustChangePassword = false }: NewModerator,
): Promise<string> => {
  if (password.length < minPasswordLength || password.length > maxPasswordLength)
    throw new RangeError(`a password has ${minPasswordLength} to ${maxPasswordLength} characters`);
  const account = [uuidv7(), emailSchema.parse(email), displayName, role, await hashPassword(password)];
  return dataSource.transaction(async (transaction) => {
    const rows: { id: string }[] = await transaction.query(
      `INSERT INTO moderator (id, email, display_name, role, password_hash, must_change_password)
       VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (email) DO UPDATE SET display_name = excluded.display_name, role = excluded.role,
         password_hash = excluded.password_hash, must_change_password = excluded.must_change_password,
         disabled_at = NULL
       RETURNING id`,
      [...account, mustChangePassword],
    );
    const { id } = rows[0]!;
    const act = id === account[0] ? 'moderator.created' : 'moderator.changed';
    await recordAudit(transaction, operator, {
      act,
      subject: { kind: 'moderator', id },
      details: { role, displayName, password: 'set' },
    });
    await endSessions(transaction, id, { actor: operator, why: 'password set' });
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
    const { id } = rows[0];
    await recordAudit(transaction, operator, {
      act: 'moderator.disabled',
      subject: { kind: 'moderator', id },
    });
    await endSessions(transaction, id, { actor: operator, why: 'account disabled' });
    return true;
  });
};

/**
 * Every enabled admin, locked in one order: two admins who demote each other at the same moment do so one after the
 * other, and the second finds that nobody else is left.
 */
export const lockAdmins = async (transaction: EntityManager): Promise<string[]> => {
  const admins: { id: string }[] = await transaction.query(
    `SELECT id FROM moderator WHERE role = 'admin' AND disabled_at IS NULL ORDER BY id FOR UPDATE`,
  );
  return admins.map(({ id }) => id);
};
