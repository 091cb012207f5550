import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from '../instance/write-file-atomically.js';
import { anyFreePort, isFree } from '../free-port.js';

/** How the embedded server is reached: made once, kept in `postgres.json`, which only its owner can read. */
const accessSchema = z.object({
  port: z.number().int(),
  superuserPassword: z.string().min(1),
  password: z.string().min(1),
});
export type PostgresAccess = z.infer<typeof accessSchema>;

/** Role and database of the apps. */
export const appRole = 'sluice';
export const localhost = '127.0.0.1';

/** The port stays the same from start to start, so that an operator's psql finds it, unless somebody else took it. */
export const ensureAccess = async (dataDir: string): Promise<PostgresAccess> => {
  const known = await readAccess(dataDir);
  if (known && (await isFree(localhost, known.port))) return known;
  const access: PostgresAccess = {
    superuserPassword: known?.superuserPassword ?? newPassword(),
    password: known?.password ?? newPassword(),
    port: await anyFreePort(localhost),
  };
  await writeFileAtomically(accessFile(dataDir), JSON.stringify(access, null, 2));
  return access;
};

export const databaseUrl = ({ password, port }: PostgresAccess): string =>
  `postgres://${appRole}:${password}@${localhost}:${port}/${appRole}`;

/**
 * undefined where no server has been set up yet.
 * @throws for a file that is there but does not fit: a new password would not open the old database
 */
export const readAccess = async (dataDir: string): Promise<PostgresAccess | undefined> => {
  const file = accessFile(dataDir);
  return existsSync(file) ? accessSchema.parse(JSON.parse(await readFile(file, 'utf8'))) : undefined;
};

const accessFile = (dataDir: string): string => path.join(dataDir, 'postgres.json');

/** Hexadecimal: needs no escaping in URLs or SQL. */
const newPassword = (): string => randomBytes(24).toString('hex');
