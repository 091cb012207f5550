import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomically } from './instance/write-file-atomically.js';

const keyBytes = 32;

/**
 * What the apps encrypt stored secrets with: made at the first start, and kept in a file that only its owner can read.
 * Whoever loses it must rotate the webhooks' secrets and set up second factors again.
 * @returns base64
 */
export const ensureSecretsKey = async (dataDir: string): Promise<string> => {
  const file = path.join(dataDir, 'secrets.key');
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const key = randomBytes(keyBytes).toString('base64');
  await writeFileAtomically(file, `${key}\n`);
  return key;
};
