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
  /** missing in folders from before the apps had a login of their own */
  appPassword: z.string().min(1).optional(),
});
export type PostgresAccess = Required<z.infer<typeof accessSchema>>;

/** Who owns the tables, and the database of that name: migrations and administrators' programs. */
export const ownerRole = 'sluice';
/** What the apps may do: as in libs/database, which takes a while to load, and is not waited for here. */
export const appRole = 'sluice_app';
/** Who the apps are: a member of that role, and of no other. */
export const appLogin = 'sluice_runtime';
export const localhost = '127.0.0.1';

/** The port stays the same from start to start, so that an operator's psql finds it, unless somebody else took it. */
export const ensureAccess = async (dataDir: string): Promise<PostgresAccess> => {
  const known = await readFound(dataDir);
  if (known?.appPassword !== undefined && (await isFree(localhost, known.port)))
    return { ...known, appPassword: known.appPassword };
  const access: PostgresAccess = {
    superuserPassword: known?.superuserPassword ?? newPassword(),
    password: known?.password ?? newPassword(),
    appPassword: known?.appPassword ?? newPassword(),
    port: known && (await isFree(localhost, known.port)) ? known.port : await anyFreePort(localhost),
  };
  await writeFileAtomically(accessFile(dataDir), JSON.stringify(access, null, 2));
  return access;
};

/** As the owner. */
export const databaseUrl = ({ password, port }: Pick<PostgresAccess, 'password' | 'port'>): string =>
  `postgres://${ownerRole}:${password}@${localhost}:${port}/${ownerRole}`;

/** As the apps. */
export const appDatabaseUrl = ({ appPassword, port }: PostgresAccess): string =>
  `postgres://${appLogin}:${appPassword}@${localhost}:${port}/${ownerRole}`;

/**
 * undefined where no server has been set up yet.
 * @throws for a file that is there but does not fit: a new password would not open the old database
 */
export const readAccess = async (dataDir: string): Promise<Omit<PostgresAccess, 'appPassword'> | undefined> =>
  readFound(dataDir);

const readFound = async (dataDir: string): Promise<z.infer<typeof accessSchema> | undefined> => {
  const file = accessFile(dataDir);
  return existsSync(file) ? accessSchema.parse(JSON.parse(await readFile(file, 'utf8'))) : undefined;
};

const accessFile = (dataDir: string): string => path.join(dataDir, 'postgres.json');

/** Hexadecimal: needs no escaping in URLs or SQL. */
const newPassword = (): string => randomBytes(24).toString('hex');
