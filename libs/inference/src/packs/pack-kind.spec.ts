import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readManifest } from './load-pack.js';
import { readPackKind } from './pack-kind.js';

describe('the kind of a pack', () => {
  let folder: string;
  const write = (manifest: string): Promise<void> => writeFile(join(folder, 'manifest.json'), manifest);
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-pack-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it.each([
    ['{}', 'classifier'],
    ['{"kind":"classifier"}', 'classifier'],
    ['{"kind":"text-reader"}', 'text-reader'],
  ])('of %s is %s', async (manifest, kind) => {
    await write(manifest);
    expect(await readPackKind(folder)).toBe(kind);
  });

  it.each([
    ['is no JSON', '{', 'cannot be read'],
    ['is of a kind to come', '{"kind":"oracle"}', 'kind "oracle" is not known here'],
  ])('is refused, with the folder’s name, when the manifest %s', async (_case, manifest, reason) => {
    await write(manifest);
    await expect(readPackKind(folder)).rejects.toThrow(`model pack ${basename(folder)}: `);
    await expect(readPackKind(folder)).rejects.toThrow(reason);
  });

  it('keeps a reader from being loaded as a classifier', async () => {
    await write('{"kind":"text-reader","name":"overlay-text"}');
    await expect(readManifest(folder)).rejects.toThrow(
      'is a text-reader, and cannot be used as a classifier',
    );
  });
});
