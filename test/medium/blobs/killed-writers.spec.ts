import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DiskBlobStore } from '#libs/blobs';

const putter = fileURLToPath(new URL('endless-putter.mjs', import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-blobs-'));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

/** Kills the writer as soon as it has stored so many pictures. @returns what it said that it had stored */
const killedAfter = async (pictures: number): Promise<string[]> => {
  const child = spawn(process.execPath, [putter, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const keys: string[] = [];
  for await (const key of createInterface({ input: child.stdout })) {
    keys.push(key);
    if (keys.length === pictures) child.kill('SIGKILL');
  }
  await exited;
  return keys;
};

describe('A disk store whose writers are killed', () => {
  it('has every picture that was acknowledged, and never half of one', async () => {
    const acknowledged: string[] = [];
    let unfinished = 0;
    for (let round = 0; round < 6 || (unfinished === 0 && round < 60); round++) {
      acknowledged.push(...(await killedAfter(1 + (round % 5))));
      unfinished = (await readdir(join(folder, 'unfinished'))).length;
    }
    // A kill that never came in the middle of a write would prove nothing.
    expect(unfinished).toBeGreaterThan(0);

    const store = await DiskBlobStore.open(folder);
    const kept: string[] = [];
    for await (const { key } of store.list()) {
      kept.push(key);
      const bytes = await store.get(key);
      expect(createHash('sha256').update(bytes!).digest('hex')).toBe(key.slice(-64));
    }
    expect(kept).toEqual(expect.arrayContaining(acknowledged));
  });

  it('is rid of what they left unfinished, once nobody can be writing it any more', async () => {
    for (let round = 0; round < 60; round++) {
      await killedAfter(3);
      if ((await readdir(join(folder, 'unfinished'))).length > 0) break;
    }
    const left = await readdir(join(folder, 'unfinished'));
    expect(left.length).toBeGreaterThan(0);
    await DiskBlobStore.open(folder);
    expect(await readdir(join(folder, 'unfinished'))).toEqual(left);
    jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 2 * 60 * 60_000);
    await DiskBlobStore.open(folder);
    expect(await readdir(join(folder, 'unfinished'))).toEqual([]);
  });
});
