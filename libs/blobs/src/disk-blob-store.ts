import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { LRUCache } from 'lru-cache';
import { assertBlobKey, blobKeyFor, isBlobKey, sha256Of } from './blob-key.js';
import { BlobStore, BlobUnavailable, type StoredBlob } from './blob-store.js';

/** Names that are remembered as durable, so that a picture sent again and again is not synced again and again. */
const rememberedKeys = 10_000;

/** An unfinished or a leaving file this old belongs to a process that is gone: nobody writes for so long. */
const abandonedAfterMs = 60 * 60_000;

/**
 * Blobs as files in one folder. Whatever stands under a key is complete: files get their name only when durable. Beside
 * the blobs are `unfinished`, for files being written, and `leaving`, for blobs being deleted.
 */
export class DiskBlobStore extends BlobStore {
  private readonly durable = new LRUCache<string, true>({ max: rememberedKeys });
  private readonly unfinished: string;
  private readonly leaving: string;

  private constructor(private readonly root: string) {
    super();
    this.unfinished = join(root, 'unfinished');
    this.leaving = join(root, 'leaving');
  }

  /**
   * Also tidies up after processes that were killed.
   *
   * @throws BlobUnavailable when the folder cannot be made or written
   */
  static async open(root: string): Promise<DiskBlobStore> {
    const store = new DiskBlobStore(resolve(root));
    await store.check();
    await attempt('be tidied up', () => store.tidyUp());
    return store;
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    assertBlobKey(key);
    await attempt('keep the image', async () => {
      const path = join(this.root, key);
      const stands = (await touched(path)) === bytes.length;
      if (stands && this.durable.has(key)) return;
      if (stands) await this.makeNameDurable(path);
      else await this.writeDurably(path, bytes);
      this.durable.set(key, true);
    });
  }

  async get(key: string): Promise<Buffer | undefined> {
    assertBlobKey(key);
    return attempt('read the image', async () => {
      const path = join(this.root, key);
      return (await read(path)) ?? (await this.readLeaving(key)) ?? (await read(path));
    });
  }

  async delete(key: string): Promise<void> {
    assertBlobKey(key);
    this.durable.delete(key);
    await attempt('delete the image', () => rm(join(this.root, key), { force: true }));
  }

  async *list(): AsyncIterable<StoredBlob> {
    for (const first of await this.blobFoldersIn('')) {
      for (const second of await this.blobFoldersIn(first)) {
        for (const name of await attempt('be listed', () => this.namesIn(join(first, second)))) {
          const key = `${first}/${second}/${name}`;
          if (!isBlobKey(key)) continue;
          const found = await attempt('be listed', () => this.factsOf(join(this.root, key)));
          if (found) yield { key, bytes: found.size, storedAt: found.mtime };
        }
      }
    }
  }

  /**
   * Takes the file's name away, then looks at its age again: a put that touched the file before is seen now, and the
   * file gets its name back; a put after finds no file and writes a new one.
   */
  async deleteIfOlder(key: string, than: Date): Promise<boolean> {
    assertBlobKey(key);
    return attempt('delete the image', async () => {
      const path = join(this.root, key);
      const found = await this.factsOf(path);
      if (!found || found.mtime >= than) return false;
      await mkdir(this.leaving, { recursive: true });
      const aside = join(this.leaving, `${sha256Of(key)}.${randomUUID()}`);
      if ((await rename(path, aside).then(() => true, undefinedIfMissing)) === undefined) return false;
      this.durable.delete(key);
      if ((await stat(aside)).mtime >= than) {
        await this.putBack(aside);
        return false;
      }
      await rm(aside);
      return true;
    });
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

  /** A blob whose name is away for the moment in which its age is looked at. */
  private async readLeaving(key: string): Promise<Buffer | undefined> {
    const name = (await this.namesIn('leaving')).find((each) => each.startsWith(sha256Of(key)));
    return name === undefined ? undefined : read(join(this.leaving, name));
  }

  /** Under its name again, unless a put has written it anew meanwhile. */
  private async putBack(aside: string): Promise<void> {
    const path = join(this.root, blobKeyFor(basename(aside).slice(0, 64)));
    await link(aside, path).catch(undefinedIfExists);
    await this.makeNameDurable(path);
    await rm(aside, { force: true });
  }

  /**
   * What processes left that were killed: unfinished files go, and blobs that were being deleted get their names back,
   * since nobody knows any more whether a put had touched them.
   */
  private async tidyUp(): Promise<void> {
    for (const name of await this.namesIn('unfinished')) {
      const path = join(this.unfinished, name);
      if (await this.isAbandoned(path)) await rm(path, { force: true });
    }
    for (const name of await this.namesIn('leaving')) {
      const path = join(this.leaving, name);
      if (
        isBlobKey(`${name.slice(0, 2)}/${name.slice(2, 4)}/${name.slice(0, 64)}`) &&
        (await this.isAbandoned(path))
      )
        await this.putBack(path).catch(undefinedIfMissing);
    }
  }

  /** By the time of its last change of any kind: a rename counts, where the time of the last write does not. */
  private async isAbandoned(path: string): Promise<boolean> {
    const found = await this.factsOf(path);
    return found !== undefined && Date.now() - found.ctimeMs > abandonedAfterMs;
  }

  private async factsOf(path: string) {
    return stat(path).catch(undefinedIfMissing);
  }

  private async blobFoldersIn(folder: string): Promise<string[]> {
    const names = await attempt('be listed', () => this.namesIn(folder));
    return names.filter((name) => /^[0-9a-f]{2}$/.test(name));
  }

  private async namesIn(folder: string): Promise<string[]> {
    return (await readdir(join(this.root, folder)).catch(undefinedIfMissing)) ?? [];
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

/**
 * Makes a file as young as one written now; its size, or undefined where there is none. In this order: who takes the
 * name away after the second look sees the new age, and who did before is noticed by it.
 */
const touched = async (path: string): Promise<number | undefined> => {
  const now = new Date();
  if ((await utimes(path, now, now).then(() => true, undefinedIfMissing)) === undefined) return undefined;
  return (await stat(path).catch(undefinedIfMissing))?.size;
};

const read = (path: string): Promise<Buffer | undefined> => readFile(path).catch(undefinedIfMissing);

const undefinedIf =
  (code: string) =>
  (error: NodeJS.ErrnoException): undefined => {
    if (error.code === code) return undefined;
    throw error;
  };
const undefinedIfMissing = undefinedIf('ENOENT');
const undefinedIfExists = undefinedIf('EEXIST');

const attempt = async <T>(action: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw new BlobUnavailable(action, error);
  }
};
