// node scripts/deploy/new-env.mjs: makes .env for docker compose, with fresh secrets. Never overwrites one: the database
// was made with its password.
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Of a secret: beyond guessing. */
const secretBytes = 24;
/** Of the key that stored secrets are encrypted with: AES-256. */
const keyBytes = 32;

const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
const example = readFileSync(path.join(root, 'deploy', '.env.example'), 'utf8');
const made = example
  .replace(/^#.*`generate`.*\n/m, '')
  .replace(/=generate$/gm, () => `=${randomBytes(secretBytes).toString('hex')}`)
  .replace(/^SECRETS_KEY=.*$/m, () => `SECRETS_KEY=${randomBytes(keyBytes).toString('base64')}`);

try {
  writeFileSync(path.join(root, '.env'), made, { mode: 0o600, flag: 'wx' });
  console.log(
    'Made .env. Keep it: the database can be opened with its password only, stored secrets with its key only.',
  );
} catch (error) {
  console.error(error.code === 'EEXIST' ? '.env is there already; it is left as it is.' : error.message);
  process.exitCode = 1;
}
