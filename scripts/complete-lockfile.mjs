// npm run lockfile [-- --check]: after `npm install`, adds what npm left out of package-lock.json: the optional packages
// of other platforms. A registry mirror that does not carry them makes npm forget them, and `npm ci` then refuses the
// whole file. Versions stand in the packages that want them; platforms stand in the names. Without a checksum, npm
// verifies these entries by the registry's own.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const file = path.join(path.dirname(path.dirname(fileURLToPath(import.meta.url))), 'package-lock.json');
const platform = /(android|darwin|freebsd|linux|openharmony|win32)-([a-z0-9]+)(?:-([a-z]+))?$/;

const lock = JSON.parse(readFileSync(file, 'utf8'));
const missing = Object.entries(lock.packages).flatMap(([location, wanting]) =>
  Object.entries(wanting.optionalDependencies ?? {})
    .filter(([name]) => !isLocked(location, name))
    .map(([name, version]) => [`node_modules/${name}`, entryFor(name, version, wanting)]),
);

if (missing.length === 0) {
  console.log('package-lock.json lists the optional packages of all platforms');
} else if (process.argv.includes('--check')) {
  for (const [location] of missing) console.error(`missing in package-lock.json: ${location}`);
  console.error('npm ci would refuse it. Run npm run lockfile and commit the file.');
  process.exitCode = 1;
} else {
  const { '': project, ...packages } = { ...lock.packages, ...Object.fromEntries(missing) };
  const sorted = Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1));
  lock.packages = { '': project, ...Object.fromEntries(sorted) };
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`Added ${missing.length} packages of other platforms`);
}

function isLocked(location, name) {
  return [`${location}/node_modules/${name}`, `node_modules/${name}`].some((each) => lock.packages[each]);
}

function entryFor(name, version, wanting) {
  const [, os, cpu, abi] = platform.exec(name) ?? [];
  if (!cpu || !/^\d+\.\d+\.\d+/.test(version)) {
    throw new Error(`${name}@${version} is missing in package-lock.json, and its platform cannot be told`);
  }
  return {
    version,
    cpu: [cpu],
    ...(wanting.dev && { dev: true }),
    optional: true,
    os: [os],
    ...libcOf(os, abi),
  };
}

function libcOf(os, abi) {
  if (os !== 'linux' || (abi !== 'gnu' && abi !== 'musl')) return {};
  return { libc: [abi === 'gnu' ? 'glibc' : 'musl'] };
}
