import {
  type FileHandle,
  mkdir,
  mkdtemp,
  open,
  readdir,
  rename,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { blobStoreContract } from '../../../test/contracts/blob-store.contract.js';
import { blobKeyFor, BlobUnavailable, DiskBlobStore } from './index.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-blobs-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

blobStoreContract('The disk store', async () => ({
  store: await DiskBlobStore.open(join(folder, 'blobs')),
  another: () => DiskBlobStore.open(join(folder, 'blobs')),
  backdate: (key, storedAt) => utimes(join(folder, 'blobs', key), storedAt, storedAt),
  dispose: async () => {},
}));

describe('The disk store', () => {
  const key = blobKeyFor('a'.repeat(64));

  it('does not write again what is stored already', async () => {
    const store = await DiskBlobStore.open(folder);
    await store.put(key, Buffer.from('picture'));
    const { ino } = await stat(join(folder, key));
    await store.put(key, Buffer.from('picture'));
    expect((await stat(join(folder, key))).ino).toBe(ino);
  });

  it('acknowledges a picture that stands there already only once its name is durable', async () => {
    const [other, store] = [await DiskBlobStore.open(folder), await DiskBlobStore.open(folder)];
    await other.put(key, Buffer.from('picture'));
    const handle = await open(folder);
    const sync = jest.spyOn(Object.getPrototypeOf(handle) as FileHandle, 'sync');
    await handle.close();
    try {
      // What a put sees between another's rename and its fsync, on a disk that then fails.
      sync.mockRejectedValueOnce(new Error('EIO'));
      await expect(store.put(key, Buffer.from('picture'))).rejects.toThrow(BlobUnavailable);
      await store.put(key, Buffer.from('picture'));
      // What it made durable itself it need not make durable again.
      const syncs = sync.mock.calls.length;
      await store.put(key, Buffer.from('picture'));
      expect(sync.mock.calls.length).toBe(syncs);
    } finally {
      sync.mockRestore();
    }
  });

  it('takes its folder however it is written', async () => {
    for (const written of [`${folder}/`, relative(process.cwd(), folder), `${folder}/./x/..`]) {
      const store = await DiskBlobStore.open(written);
      await store.put(key, Buffer.from('picture'));
      expect((await store.get(key))?.toString()).toBe('picture');
      await store.delete(key);
    }
  });

  it('heals a file that lost its end', async () => {
    const store = await DiskBlobStore.open(folder);
    await store.put(key, Buffer.from('picture'));
    await truncate(join(folder, key), 3);
    await store.put(key, Buffer.from('picture'));
    expect((await store.get(key))?.toString()).toBe('picture');
  });

  it('keeps a picture that is put and deleted by its age at the same moment, and shows it all the while', async () => {
    const [uploading, sweeping] = [await DiskBlobStore.open(folder), await DiskBlobStore.open(folder)];
    const bytes = Buffer.from('picture');
    const longAgo = new Date('2020-01-01');
    const yesterday = new Date(Date.now() - 24 * 60 * 60_000);
    let deleted = 0;
    for (let round = 0; round < 300; round++) {
      await uploading.put(key, bytes);
      await utimes(join(folder, key), longAgo, longAgo);
      const [, isDeleted] = await Promise.all([
        uploading.put(key, bytes).then(async () => {
          for (let look = 0; look < 3; look++) expect((await uploading.get(key))?.toString()).toBe('picture');
        }),
        sweeping.deleteIfOlder(key, yesterday),
      ]);
      deleted += Number(isDeleted);
      expect((await sweeping.get(key))?.toString()).toBe('picture');
    }
    // Either may come first; a race that always ends the same way would prove little.
    expect(deleted).toBeLessThan(300);
    // made by the first deletion, which a slow machine may never see win
    const leaving = await readdir(join(folder, 'leaving')).catch(() => []);
    expect(leaving).toEqual([]);
  });

  it('gives a blob its name back whose deletion was cut off', async () => {
    const store = await DiskBlobStore.open(folder);
    await store.put(key, Buffer.from('picture'));
    await mkdir(join(folder, 'leaving'), { recursive: true });
    await rename(join(folder, key), join(folder, 'leaving', `${key.slice(-64)}.some-id`));
    expect((await store.get(key))?.toString()).toBe('picture');
    const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 2 * 60 * 60_000);
    try {
      await DiskBlobStore.open(folder);
    } finally {
      clock.mockRestore();
    }
    expect(await readdir(join(folder, 'leaving'))).toEqual([]);
    expect((await store.get(key))?.toString()).toBe('picture');
  });

  it('leaves nothing unfinished behind', async () => {
    const store = await DiskBlobStore.open(folder);
    await store.put(key, Buffer.from('picture'));
    await store.check();
    expect(await readdir(join(folder, 'unfinished'))).toEqual([]);
  });

  it('says so when its folder cannot be written', async () => {
    const notAFolder = join(folder, 'file');
    await writeFile(notAFolder, '');
    await expect(DiskBlobStore.open(notAFolder)).rejects.toThrow(BlobUnavailable);
  });

  it('says so when the folder goes away under it', async () => {
    const store = await DiskBlobStore.open(join(folder, 'blobs'));
    await rm(join(folder, 'blobs'), { recursive: true });
    await writeFile(join(folder, 'blobs'), '');
    await expect(store.put(key, Buffer.from('picture'))).rejects.toThrow(BlobUnavailable);
    await expect(store.check()).rejects.toThrow(BlobUnavailable);
  });
});
