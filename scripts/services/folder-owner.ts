import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { identify, isAlive, processIdentitySchema } from '../start/instance/process-identity.js';
import { writeFileAtomically } from '../start/instance/write-file-atomically.js';
import { ServiceError } from './service-error.js';

const ownersSchema = z.object({ parent: processIdentitySchema, server: processIdentitySchema });
type Owners = z.infer<typeof ownersSchema>;

const endLimitMs = 30_000;
const pollMs = 50;

/**
 * Whose server runs on a folder that outlives processes. A server whose parent was killed is about to end (see Guard):
 * it is waited for.
 *
 * @throws ServiceError when another process runs one there, or what was left behind does not end
 */
export const expectUnowned = async (folder: string, name: string): Promise<void> => {
  const owners = await readOwners(folder);
  if (!owners || !(await isAlive(owners.server))) return;
  if (await isAlive(owners.parent)) {
    throw new ServiceError(
      `${name} already runs on ${folder} (process ${owners.server.pid}, started by process ${owners.parent.pid}). Stop it, or choose another folder.`,
    );
  }
  for (const givenUpAt = Date.now() + endLimitMs; await isAlive(owners.server); await delay(pollMs)) {
    if (Date.now() < givenUpAt) continue;
    throw new ServiceError(
      `The ${name} of an earlier start on ${folder} (process ${owners.server.pid}) does not end. Stop it and try again.`,
    );
  }
};

export const ownFolder = async (folder: string, serverPid: number | undefined): Promise<void> => {
  const [parent, server] = await Promise.all([identify(process.pid), identify(serverPid ?? 0)]);
  // One that has ended by now owns nothing.
  if (parent && server) await writeFileAtomically(fileIn(folder), JSON.stringify({ parent, server }));
};

export const disownFolder = (folder: string): Promise<void> => rm(fileIn(folder), { force: true });

const fileIn = (folder: string): string => path.join(folder, 'server.json');

const readOwners = async (folder: string): Promise<Owners | undefined> => {
  try {
    return ownersSchema.parse(JSON.parse(await readFile(fileIn(folder), 'utf8')));
  } catch {
    return undefined;
  }
};
