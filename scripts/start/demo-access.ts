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
  validApiKeys,
} from '#libs/database';
import { writeFileAtomically } from './instance/write-file-atomically.js';

const keyName = 'demo';
const demoModerator = {
  email: 'demo@sluice.local',
  displayName: 'Demo moderator',
  role: 'moderator',
} as const;

/** A key and a login to try the system with. Kept in `demo.json`, since the database holds only hashes. */
const demoAccessSchema = z.object({
  apiKey: z.string(),
  login: z.object({ email: z.string(), password: z.string(), role: z.string() }),
});
export type DemoAccess = z.infer<typeof demoAccessSchema>;

export const demoAccessFile = (dataDir: string): string => path.join(dataDir, 'demo.json');

/** The key and login of the last start where the database still knows them, otherwise new ones. */
export const ensureDemoAccess = async (dataSource: DataSource, dataDir: string): Promise<DemoAccess> => {
  const known = await readDemoAccess(dataDir);
  const access: DemoAccess = {
    apiKey: (await validKey(dataSource, known?.apiKey)) ?? (await newKey(dataSource)),
    login: (await knownLogin(dataSource, known?.login)) ?? (await newLogin(dataSource)),
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

type Login = DemoAccess['login'];

const knownLogin = async (dataSource: DataSource, login: Login | undefined): Promise<Login | undefined> => {
  if (!login) return undefined;
  const exists = await dataSource.getRepository(ModeratorEntity).existsBy({ email: login.email });
  return exists ? login : undefined;
};

const newLogin = async (dataSource: DataSource): Promise<Login> => {
  const password = randomBytes(18).toString('base64url');
  await createModerator(dataSource, { ...demoModerator, password });
  return { email: demoModerator.email, password, role: demoModerator.role };
};
