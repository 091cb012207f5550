import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ModelPack } from '#libs/inference';
import { aPack, type PackBuilder } from '../../../../test/builders/pack.builder.js';
import { assertKnown, findPacks } from './find-packs.js';

describe('The packs of a folder', () => {
  let folder: string;
  const put = async (name: string, pack: PackBuilder): Promise<void> =>
    rename(await pack.with({ name }).write(), join(folder, name));
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-packs-'));
    await put('fast', aPack().with({ tier: 'fast' }));
    await put(
      'general',
      aPack().with({ categories: { 'colour/green': ['green'] }, benign: ['red', 'blue'] }),
    );
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('are the fast one by its name and every deep one, specialists included', async () => {
    await put('of-fast', aPack().with({ route: [{ category: 'colour/red', atLeast: 0.5 }] }));
    await put('of-general', aPack().with({ route: [{ category: 'colour/green', atLeast: 0.5 }] }));
    const { fast, deep, reading } = await findPacks(folder, 'fast');
    expect(reading).toBeUndefined();
    expect(fast.manifest.name).toBe('fast');
    expect(deep.map(({ manifest }) => manifest.name)).toEqual(['general', 'of-fast', 'of-general']);
  });

  it('are refused when two of them read writing', async () => {
    for (const name of ['reader', 'other-reader']) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, 'manifest.json'), '{"kind": "text-reader"}');
    }
    await expect(findPacks(folder, 'fast')).rejects.toThrow(
      /model pack reader: reads writing, and so does other-reader/,
    );
  });

  it('are refused when one is kept to some runs that is not there', () => {
    const packs = [{ manifest: { name: 'general' } }] as ModelPack[];
    expect(() => assertKnown(packs, { general: 1 })).not.toThrow();
    expect(() => assertKnown(packs, { genral: 1 })).toThrow(/genral: .*MODEL_CONCURRENCY.*open are general/);
  });
});
