// Installs the dependencies when they are missing or do not fit package-lock.json. `npm start`, `npm test` and
// `npm run check` all come through here, so this file and its imports use nothing but Node itself, in syntax that an old Node
// still parses: it is the one that tells people that their Node is too old.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { oneAtATime } from './one-at-a-time.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** @typedef {{ version?: string, integrity?: string, resolved?: string, optional?: boolean, devOptional?: boolean, link?: boolean }} LockedPackage */

/**
 * Makes `node_modules` fit `package-lock.json`. Two processes at once are safe: the second waits, then finds nothing
 * left to do.
 * @throws when Node is too old or `npm ci` fails
 */
export async function ensureInstall(say = (line) => console.log(line)) {
  assertNodeVersion();
  if (!whatIsStale()) return;
  await oneAtATime(
    'install',
    () => say('Another process is installing the dependencies; waiting for it'),
    async () => {
      const reason = whatIsStale();
      if (!reason) return;
      say(`Installing dependencies with npm ci (${reason}); this takes a minute or two`);
      const startedAt = Date.now();
      await npmCi();
      say(`Installed in ${((Date.now() - startedAt) / 1000).toFixed(0)} s`);
    },
  );
}

export function assertNodeVersion(running = process.versions.node) {
  const wanted = readJson('package.json').engines.node.replace('>=', '');
  const [major, minor] = running.split('.').map(Number);
  const [wantedMajor, wantedMinor] = wanted.split('.').map(Number);
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  throw new Error(
    `Sluice needs Node ${wanted} or newer; this is Node ${running}. Install a newer one from https://nodejs.org or with your version manager.`,
  );
}

/** Why an install is due, or undefined when what npm put into node_modules is what the lock file asks for. */
function whatIsStale() {
  // npm writes this file last: after an install that was cut short it is missing.
  if (!existsSync(path.join(root, 'node_modules', '.package-lock.json'))) return 'node_modules is missing';
  const changed = firstDifference(
    readJson('package-lock.json').packages,
    readJson('node_modules/.package-lock.json').packages,
  );
  return changed && `${changed} does not fit package-lock.json`;
}

/**
 * The first package that differs. Optional ones may be absent: they are for other platforms.
 * @param {Record<string, LockedPackage>} wanted
 * @param {Record<string, LockedPackage>} installed
 */
export function firstDifference(wanted, installed) {
  for (const [location, locked] of Object.entries(wanted)) {
    if (location === '' || locked.link) continue;
    const present = installed[location];
    if (!present && (locked.optional || locked.devOptional)) continue;
    if (present?.version === locked.version && sameIntegrity(present, locked)) continue;
    return location.replace(/^node_modules\//, '');
  }
  return undefined;
}

const sameIntegrity = (a, b) => !a.integrity || !b.integrity || a.integrity === b.integrity;

function npmCi() {
  // The npm that runs us, where there is one: its version is the one the user chose.
  const cli = process.env.npm_execpath;
  const [command, ...prefix] = cli?.endsWith('npm-cli.js') ? [process.execPath, cli] : ['npm'];
  // Development packages too, whatever NODE_ENV says: building needs them.
  const args = [...prefix, 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      // What npm has to say is not what the program that was asked for prints.
      stdio: ['ignore', 2, 'inherit'],
      shell: process.platform === 'win32' && command === 'npm',
      // Its install script would fetch CUDA libraries; the CPU library is in the package already.
      env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
    });
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`npm ci failed (exit code ${code}); what it printed says why`)),
    );
  });
}

const readJson = (file) => JSON.parse(readFileSync(path.join(root, file), 'utf8'));

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  ensureInstall().catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
