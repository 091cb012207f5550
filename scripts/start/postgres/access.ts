import { randomBytes } from 'node:crypto';
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
  const file = path.join(dataDir, 'postgres.json');
  const known = await read(file);
  if (known && (await isFree(localhost, known.port))) return known;
  const access: PostgresAccess = {
    superuserPassword: known?.superuserPassword ?? newPassword(),
    password: known?.password ?? newPassword(),
    port: await anyFreePort(localhost),
  };
  await writeFileAtomically(file, JSON.stringify(access, null, 2));
  return access;
};

export const databaseUrl = ({ password, port }: PostgresAccess): string =>
  `postgres://${appRole}:${password}@${localhost}:${port}/${appRole}`;

/** A file that is there but cannot be read is an error: a new password would not open the old database. */
const read = async (file: string): Promise<PostgresAccess | undefined> => {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
  return accessSchema.parse(JSON.parse(text));
};

/** Hexadecimal: needs no escaping in URLs or SQL. */
const newPassword = (): string => randomBytes(24).toString('hex');
