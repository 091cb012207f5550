// Compiles the sources to dist when they are not those of the last build. Plain JavaScript: it runs before dist exists.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { oneAtATime } from './one-at-a-time.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const stampFile = path.join(root, 'dist', '.build-stamp');
// The demo draws its own pictures, with the tests' brushes, where there are no sample photos.
const sourceFolders = ['apps', 'libs', 'migrations', 'scripts', 'test/fixtures'];
const buildSettings = ['nest-cli.json', 'tsconfig.json', '.swcrc', 'package.json'];

/**
 * Safe when two processes do it at once: neither sees half of the other's files.
 * @throws when the compiler fails; what it printed says why
 */
export async function ensureBuild(say = (line) => console.log(line)) {
  if (isFresh(fingerprintOfSources())) return;
  await oneAtATime(
    'build',
    () => undefined,
    async () => {
      const fingerprint = fingerprintOfSources();
      if (isFresh(fingerprint)) return;
      const startedAt = Date.now();
      await compile();
      removeOrphans();
      writeFileSync(stampFile, fingerprint);
      say(`Built in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
    },
  );
}

const isFresh = (fingerprint) => existsSync(stampFile) && readFileSync(stampFile, 'utf8') === fingerprint;

/** Contents, not times: a checkout or a copy changes the times of files that are the same. */
function fingerprintOfSources() {
  const hash = createHash('sha256');
  for (const file of [...sources(), ...buildSettings]) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(path.join(root, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

function compile() {
  const nest = path.join(root, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [nest, 'build', '--all'], { cwd: root });
    let output = '';
    const keep = (chunk) => (output += chunk);
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`The build failed (exit code ${code}):\n${output}`)),
    );
  });
}

/** What a deleted source left in dist would still be found by whoever imports it, and hide the mistake. */
function removeOrphans() {
  const wanted = new Set(sources().map((file) => file.replace(/\.ts$/, '.js')));
  for (const folder of sourceFolders) {
    for (const file of filesUnder(path.join('dist', folder))) {
      const compiled = path.relative('dist', file).replace(/\.map$/, '');
      if (!wanted.has(compiled)) rmSync(path.join(root, file));
    }
  }
}

const sources = () =>
  sourceFolders
    .flatMap(filesUnder)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
    .sort();

function filesUnder(folder) {
  const absolute = path.join(root, folder);
  if (!existsSync(absolute)) return [];
  return readdirSync(absolute, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  ensureBuild().catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
