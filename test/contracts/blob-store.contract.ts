import { createHash, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { blobKeyFor, type BlobStore, InvalidBlobKey, refreshAfterMs, type StoredBlob } from '#libs/blobs';

const hourMs = 60 * 60_000;

const picture = (bytes = 50_000): { key: string; bytes: Buffer } => {
  const content = randomBytes(bytes);
  return { key: blobKeyFor(createHash('sha256').update(content).digest('hex')), bytes: content };
};

export interface StoreUnderTest {
  /** over an empty place */
  store: BlobStore;
  /** another process's store over the same place */
  another: () => Promise<BlobStore>;
  /** makes a blob look as if it was stored then */
  backdate: (key: string, storedAt: Date) => Promise<void>;
  dispose: () => Promise<void>;
}

/** What every blob store must do, whatever it stands on. */
export const blobStoreContract = (name: string, open: () => Promise<StoreUnderTest>): void => {
  describe(`${name} keeps the blob contract`, () => {
    let place: StoreUnderTest;
    let store: BlobStore;
    let opened: BlobStore[];
    beforeEach(async () => {
      place = await open();
      store = place.store;
      opened = [store];
    });
    afterEach(async () => {
      await Promise.all(opened.map((each) => each.close()));
      await place.dispose();
    });

    const another = async (): Promise<BlobStore> => {
      const one = await place.another();
      opened.push(one);
      return one;
    };
    const listed = async (): Promise<StoredBlob[]> => {
      const blobs: StoredBlob[] = [];
      for await (const blob of store.list()) blobs.push(blob);
      return blobs;
    };
    const ago = (hours: number): Date => new Date(Date.now() - hours * hourMs);

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
      await expect(store.deleteIfOlder(key, new Date())).rejects.toThrow(InvalidBlobKey);
    });

    it('lists what is there with its size and age, and nothing else', async () => {
      expect(await listed()).toEqual([]);
      const [small, large, gone] = [picture(10), picture(300_000), picture()];
      for (const { key, bytes } of [small, large, gone]) await store.put(key, bytes);
      await store.delete(gone.key);
      await store.check();
      const storedAt = ago(50);
      await place.backdate(small.key, storedAt);
      const blobs = (await listed()).sort((a, b) => a.bytes - b.bytes);
      expect(blobs.map(({ key, bytes }) => ({ key, bytes }))).toEqual([
        { key: small.key, bytes: 10 },
        { key: large.key, bytes: 300_000 },
      ]);
      // A store may tell whole seconds.
      expect(Math.abs(blobs[0]!.storedAt.getTime() - storedAt.getTime())).toBeLessThan(1000);
      expect(blobs[1]!.storedAt.getTime()).toBeGreaterThan(ago(1).getTime());
    });

    it('deletes what is older than a time, and leaves what is younger', async () => {
      const { key, bytes } = picture();
      await store.put(key, bytes);
      await place.backdate(key, ago(10));
      expect(await store.deleteIfOlder(key, ago(11))).toBe(false);
      expect((await store.get(key))?.equals(bytes)).toBe(true);
      expect(await store.deleteIfOlder(key, ago(9))).toBe(true);
      expect(await store.get(key)).toBeUndefined();
      expect(await store.deleteIfOlder(key, ago(9))).toBe(false);
    });

    it.each([{ size: 50_000 }, { size: 1_000_000 }])(
      'makes an old picture of $size bytes young again when it is put again',
      async ({ size }) => {
        const { key, bytes } = picture(size);
        await store.put(key, bytes);
        await place.backdate(key, ago(100));
        await (await another()).put(key, bytes);
        const [{ storedAt }] = (await listed()) as [StoredBlob];
        expect(storedAt.getTime()).toBeGreaterThan(Date.now() - refreshAfterMs);
        expect(await store.deleteIfOlder(key, ago(1))).toBe(false);
        expect((await store.get(key))?.equals(bytes)).toBe(true);
      },
    );

    it('stores again what it put before and another process deleted by its age', async () => {
      const { key, bytes } = picture();
      const sweeper = await another();
      await sweeper.put(key, bytes);
      await place.backdate(key, ago(100));
      expect(await sweeper.deleteIfOlder(key, ago(1))).toBe(true);
      await store.put(key, bytes);
      expect((await sweeper.get(key))?.equals(bytes)).toBe(true);
    });

    it('says that it works', async () => {
      await expect(store.check()).resolves.toBeUndefined();
    });
  });
};
