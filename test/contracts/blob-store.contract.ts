import { createHash, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { blobKeyFor, type BlobStore, InvalidBlobKey } from '#libs/blobs';

const picture = (bytes = 50_000): { key: string; bytes: Buffer } => {
  const content = randomBytes(bytes);
  return { key: blobKeyFor(createHash('sha256').update(content).digest('hex')), bytes: content };
};

/** What every blob store must do, whatever it stands on. `open` gives a store over an empty place. */
export const blobStoreContract = (
  name: string,
  open: () => Promise<{ store: BlobStore; dispose: () => Promise<void> }>,
): void => {
  describe(`${name} keeps the blob contract`, () => {
    let store: BlobStore;
    let dispose: () => Promise<void>;
    beforeEach(async () => {
      ({ store, dispose } = await open());
    });
    afterEach(async () => {
      await store.close();
      await dispose();
    });

    it('gives back exactly the bytes that were put', async () => {
      const { key, bytes } = picture();
      await store.put(key, bytes);
      expect((await store.get(key))?.equals(bytes)).toBe(true);
    });

    it('knows nothing under a key that was never put', async () => {
      expect(await store.get(picture().key)).toBeUndefined();
    });

    it('takes the same picture twice, also at the same time, and stores it once', async () => {
      const { key, bytes } = picture();
      await Promise.all(Array.from({ length: 20 }, () => store.put(key, bytes)));
      await store.put(key, bytes);
      expect((await store.get(key))?.equals(bytes)).toBe(true);
      await store.delete(key);
      expect(await store.get(key)).toBeUndefined();
    });

    it('deletes, and does not mind deleting what is not there', async () => {
      const { key, bytes } = picture();
      await store.put(key, bytes);
      await store.delete(key);
      await store.delete(key);
      expect(await store.get(key)).toBeUndefined();
    });

    it('never shows a half-written blob to a reader beside the writer', async () => {
      const { key, bytes } = picture(4_000_000);
      let written = false;
      const writing = store.put(key, bytes).then(() => (written = true));
      while (!written) {
        const seen = await store.get(key);
        expect(seen === undefined || seen.equals(bytes)).toBe(true);
      }
      await writing;
    });

    it.each([
      '../../etc/passwd',
      '/etc/passwd',
      'ab/cd/..',
      'ab/cd/short',
      '',
      'ab/cd/' + 'e'.repeat(64),
      'AB/CD/ABCD' + 'E'.repeat(60),
      blobKeyFor('0'.repeat(64)) + '\n',
      blobKeyFor('0'.repeat(64)) + '/../x',
    ])('refuses the key %j without touching anything', async (key) => {
      await expect(store.put(key, Buffer.from('x'))).rejects.toThrow(InvalidBlobKey);
      await expect(store.get(key)).rejects.toThrow(InvalidBlobKey);
      await expect(store.delete(key)).rejects.toThrow(InvalidBlobKey);
    });

    it('says that it works', async () => {
      await expect(store.check()).resolves.toBeUndefined();
    });
  });
};
