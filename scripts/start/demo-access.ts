import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import {
  createApiKey,
  createModerator,
  type DataSource,
  hashApiKey,
  ModeratorEntity,
  moderatorRoles,
  validApiKeys,
} from '#libs/database';
import { writeFileAtomically } from './instance/write-file-atomically.js';

const keyName = 'demo';
/** One of each role, the moderator first. */
const demoPeople = [
  { email: 'demo@sluice.local', displayName: 'Demo moderator', role: 'moderator' },
  { email: 'senior@sluice.local', displayName: 'Demo senior', role: 'senior' },
  { email: 'lead@sluice.local', displayName: 'Demo lead', role: 'lead' },
  { email: 'admin@sluice.local', displayName: 'Demo admin', role: 'admin' },
] as const;

const loginSchema = z.object({ email: z.string(), password: z.string(), role: z.enum(moderatorRoles) });
export type DemoLogin = z.infer<typeof loginSchema>;

/** A key and logins to try the system with. Kept in `demo.json`, since the database holds only hashes. */
const demoAccessSchema = z.object({ apiKey: z.string(), logins: z.array(loginSchema) });
export type DemoAccess = z.infer<typeof demoAccessSchema>;

export const demoAccessFile = (dataDir: string): string => path.join(dataDir, 'demo.json');

/** The key and logins of the last start where the database still knows them, otherwise new ones. */
export const ensureDemoAccess = async (dataSource: DataSource, dataDir: string): Promise<DemoAccess> => {
  const known = await readDemoAccess(dataDir);
  const access: DemoAccess = {
    apiKey: (await validKey(dataSource, known?.apiKey)) ?? (await newKey(dataSource)),
    logins: (
      await Promise.all(demoPeople.map((person) => loginOf(dataSource, person, known?.logins)))
    ).filter((login) => login !== undefined),
  };
  await writeFileAtomically(demoAccessFile(dataDir), JSON.stringify(access, null, 2));
  return access;
};

/** undefined where no system has ever been started on this folder. */
export const readDemoAccess = async (dataDir: string): Promise<DemoAccess | undefined> => {
  try {
    return demoAccessSchema.parse(JSON.parse(await readFile(demoAccessFile(dataDir), 'utf8')));
  } catch {
    return undefined;
  }
};

const validKey = async (dataSource: DataSource, key: string | undefined): Promise<string | undefined> => {
  if (key === undefined) return undefined;
  const keys = await validApiKeys(dataSource);
  return keys.some(({ hash }) => timingSafeEqual(hash, hashApiKey(key))) ? key : undefined;
};

const newKey = async (dataSource: DataSource): Promise<string> =>
  (await createApiKey(dataSource, { name: keyName })).key;

/** None for an account that somebody disabled: it stays so, also in a folder that does not know it yet. */
const loginOf = async (
  dataSource: DataSource,
  person: (typeof demoPeople)[number],
  known: DemoLogin[] = [],
): Promise<DemoLogin | undefined> => {
  const { email, role } = person;
  const account = await dataSource.getRepository(ModeratorEntity).findOneBy({ email });
  if (account && account.disabledAt !== null) return undefined;
  const login = known.find((each) => each.email === email);
  if (account && login) return login;
  const password = randomBytes(18).toString('base64url');
  await createModerator(dataSource, { ...person, password });
  return { email, password, role };
};
