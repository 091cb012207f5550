// Keeps two processes of this clone from doing the same work at once. Imports nothing but Node itself.
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = path.join(path.dirname(path.dirname(fileURLToPath(import.meta.url))), '.data');
const pollMs = 200;

/**
 * Does `work` while no other process does work of this name; calls `onWait` once when it has to wait for one. The work
 * should look first whether the other has left anything to do.
 */
export async function oneAtATime(name, onWait, work) {
  const release = await takeLock(path.join(folder, `${name}.lock`), onWait);
  try {
    return await work();
  } finally {
    release();
  }
}

/**
 * A lock file that names its owner. Linking a finished file into place is atomic, so the name is never missing; a lock
 * whose owner died is taken away.
 */
async function takeLock(file, onWait) {
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  try {
    for (let waits = 0; ; waits++) {
      if (linked(mine, file)) return () => rmSync(file, { force: true });
      if (ownerIsDead(file)) {
        rmSync(file, { force: true });
        continue;
      }
      if (waits === 0) onWait();
      await new Promise((done) => setTimeout(done, pollMs));
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

function linked(from, to) {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function ownerIsDead(file) {
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}
