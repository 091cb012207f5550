import type { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { emailSchema } from './email.js';
import { ModeratorEntity, type ModeratorRole } from './moderator.entity.js';
import { hashPassword, maxPasswordLength, minPasswordLength } from './password.js';

export interface NewModerator {
  email: string;
  displayName: string;
  role: ModeratorRole;
  password: string;
}

/**
 * Makes an account, or, where the address has one already, gives that account this name, role and password and lets
 * it sign in again.
 * @returns the account's id
 * @throws RangeError for a password that is too short or too long; ZodError for what is no e-mail address
 */
export const createModerator = async (
  dataSource: DataSource,
  { email, displayName, role, password }: NewModerator,
): Promise<string> => {
  if (password.length < minPasswordLength || password.length > maxPasswordLength)
    throw new RangeError(`a password has ${minPasswordLength} to ${maxPasswordLength} characters`);
  const rows: { id: string }[] = await dataSource.query(
    `INSERT INTO moderator (id, email, display_name, role, password_hash) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (email) DO UPDATE SET display_name = excluded.display_name, role = excluded.role,
       password_hash = excluded.password_hash, disabled_at = NULL
     RETURNING id`,
    [uuidv7(), emailSchema.parse(email), displayName, role, await hashPassword(password)],
  );
  return rows[0]!.id;
};

/** From now on the account signs in no more, and its sessions have ended. @returns whether there was such an account */
export const disableModerator = async (dataSource: DataSource, email: string): Promise<boolean> => {
  const { affected } = await dataSource
    .getRepository(ModeratorEntity)
    .update({ email: emailSchema.parse(email) }, { disabledAt: new Date() });
  return affected === 1;
};
