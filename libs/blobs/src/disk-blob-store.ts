import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { LRUCache } from 'lru-cache';
import { assertBlobKey } from './blob-key.js';
import { BlobStore, BlobUnavailable } from './blob-store.js';

/** Names that are remembered as durable, so that a picture sent again and again is not synced again and again. */
const rememberedKeys = 10_000;

/** Blobs as files in one folder. Whatever stands under a key is complete: files get their name only when durable. */
export class DiskBlobStore extends BlobStore {
  private readonly durable = new LRUCache<string, true>({ max: rememberedKeys });

  private constructor(
    private readonly root: string,
    private readonly unfinished: string,
  ) {
    super();
  }

  /** @throws BlobUnavailable when the folder cannot be made or written */
  static async open(root: string): Promise<DiskBlobStore> {
    const folder = resolve(root);
    const store = new DiskBlobStore(folder, join(folder, 'unfinished'));
    await store.check();
    return store;
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    assertBlobKey(key);
    await attempt('keep the image', async () => {
      const path = join(this.root, key);
      const stands = (await sizeOf(path)) === bytes.length;
      if (stands && this.durable.has(key)) return;
      if (stands) await this.makeNameDurable(path);
      else await this.writeDurably(path, bytes);
      this.durable.set(key, true);
    });
  }

  async get(key: string): Promise<Buffer | undefined> {
    assertBlobKey(key);
    return attempt('read the image', () => readFile(join(this.root, key)).catch(undefinedIfMissing));
  }

  async delete(key: string): Promise<void> {
    assertBlobKey(key);
    this.durable.delete(key);
    await attempt('delete the image', () => rm(join(this.root, key), { force: true }));
  }

  async check(): Promise<void> {
    await attempt('be written', async () => {
      await mkdir(this.unfinished, { recursive: true });
      const probe = join(this.unfinished, randomUUID());
      const file = await open(probe, 'wx');
      await file.close();
      await rm(probe);
    });
  }

  async close(): Promise<void> {}

  /**
   * Write aside, fsync, rename, fsync the folders: a crash leaves the whole file or none (POSIX rename is atomic), and
   * the folders' own fsync is what makes the new name survive a power cut.
   */
  private async writeDurably(path: string, bytes: Uint8Array): Promise<void> {
    const aside = join(this.unfinished, randomUUID());
    try {
      const file = await open(aside, 'wx');
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await mkdir(dirname(path), { recursive: true });
      await rename(aside, path);
      await this.makeNameDurable(path);
    } catch (error) {
      await rm(aside, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  /**
   * Whatever stands under its name has durable bytes; the name itself, and those of its folders, may be younger than the
   * last fsync, whoever made them: another put may be between its rename and its fsync, or have ended there with its
   * process. The fsync of a folder that has not changed costs little.
   */
  private async makeNameDurable(path: string): Promise<void> {
    for (let folder = dirname(path); ; folder = dirname(folder)) {
      await syncFolder(folder);
      if (folder === this.root) return;
    }
  }
}

const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

const sizeOf = async (path: string): Promise<number | undefined> =>
  (await stat(path).catch(undefinedIfMissing))?.size;

const undefinedIfMissing = (error: NodeJS.ErrnoException): undefined => {
  if (error.code === 'ENOENT') return undefined;
  throw error;
};

const attempt = async <T>(action: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw new BlobUnavailable(action, error);
  }
};
