import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { ConfigError } from '#libs/platform';
import { assertBlobKey, isBlobKey, sha256Of } from '../blob-key.js';
import { BlobStore, BlobUnavailable, refreshAfterMs, type StoredBlob } from '../blob-store.js';
import { withinDeadline } from './deadline.js';
import { S3Bucket } from './s3-bucket.js';
import { faultOf, settingAtFault } from './s3-fault.js';
import type { S3Settings } from './s3-settings.js';

/** Keys that are remembered as stored lately, so that a picture sent again and again is not stored again and again. */
const rememberedKeys = 10_000;

/** From this size on the store is asked first whether it has the picture: below, sending it takes no longer. */
const askFirstBytes = 256 * 1024;

/** How often a check writes, not only reads. Readiness is asked for every few seconds. */
const writeCheckMs = 30_000;

/** What checks write and read: no blob's key, so that lists leave it out. */
const probe = { key: 'check/probe', body: Buffer.from('written by a check of the image store') };
const probeSha256 = createHash('sha256').update(probe.body).digest('hex');

/**
 * Blobs as objects in a bucket. The store makes a put visible whole or not at all, and checks its sha256.
 *
 * An operation ends in the settings' time whatever the store does: a caller waits for it.
 */
export class S3BlobStore extends BlobStore {
  private readonly bucket: S3Bucket;
  /** by key, when it was stored, in ms: never later than the store would say */
  private readonly stored = new LRUCache<string, number>({ max: rememberedKeys, ttl: refreshAfterMs });
  private writeCheckedAt = -Infinity;

  private constructor(private readonly settings: S3Settings) {
    super();
    this.bucket = new S3Bucket(settings);
  }

  /**
   * Writes, reads and lists once.
   *
   * @throws ConfigError naming the variable to look at: no such bucket, no right to use it, no answer
   */
  static async open(settings: S3Settings): Promise<S3BlobStore> {
    const store = new S3BlobStore(settings);
    try {
      await store.check();
      // Without the right to list, the store says "forbidden" of what is not there.
      await store.attempt('be listed', (signal) => store.bucket.list(undefined, signal, 1));
      return store;
    } catch (error) {
      await store.close();
      const cause = error instanceof BlobUnavailable ? error.more.cause : error;
      throw new ConfigError([settingAtFault(faultOf(cause, settings), settings)]);
    }
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    assertBlobKey(key);
    if (this.stored.has(key)) return;
    await this.attempt('keep the image', async (signal) => {
      const storedAt = await this.storedLately(key, bytes, signal);
      if (storedAt !== undefined) return this.remember(key, storedAt);
      const begun = Date.now();
      await this.bucket.put(key, bytes, sha256Of(key), signal);
      this.remember(key, begun);
    });
  }

  async get(key: string): Promise<Buffer | undefined> {
    assertBlobKey(key);
    return this.attempt('read the image', (signal) => this.bucket.get(key, signal));
  }

  async delete(key: string): Promise<void> {
    assertBlobKey(key);
    this.stored.delete(key);
    await this.attempt('delete the image', (signal) => this.bucket.delete(key, signal));
  }

  async *list(): AsyncIterable<StoredBlob> {
    let next: string | undefined;
    do {
      const after = next;
      const page = await this.attempt('be listed', (signal) => this.bucket.list(after, signal));
      yield* page.objects.filter(({ key }) => isBlobKey(key));
      next = page.next;
    } while (next !== undefined);
  }

  /**
   * S3 has no request that looks at an object's age and deletes it in one step. A put that refreshes the object in the
   * milliseconds between these two is lost; it then meets an object that is older than any that is still asked for.
   */
  async deleteIfOlder(key: string, than: Date): Promise<boolean> {
    assertBlobKey(key);
    return this.attempt('delete the image', async (signal) => {
      const found = await this.bucket.head(key, signal);
      if (!found || found.storedAt >= than) return false;
      this.stored.delete(key);
      await this.bucket.delete(key, signal);
      return true;
    });
  }

  async check(): Promise<void> {
    await this.attempt('be written and read', async (signal) => {
      const begun = performance.now();
      if (begun - this.writeCheckedAt >= writeCheckMs) {
        await this.bucket.put(probe.key, probe.body, probeSha256, signal);
        this.writeCheckedAt = begun;
      }
      const read = await this.bucket.get(probe.key, signal);
      if (read?.equals(probe.body)) return;
      this.writeCheckedAt = -Infinity;
      throw new Error('what was written was not found again');
    });
  }

  close(): Promise<void> {
    this.bucket.close();
    return Promise.resolve();
  }

  /** When the very picture was stored, if that is so lately that it need not be stored again. */
  private async storedLately(
    key: string,
    bytes: Uint8Array,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    if (bytes.length < askFirstBytes) return undefined;
    const found = await this.bucket.head(key, signal);
    const storedAt = found?.bytes === bytes.length ? found.storedAt.getTime() : -Infinity;
    return Date.now() - storedAt < refreshAfterMs ? storedAt : undefined;
  }

  private remember(key: string, storedAt: number): void {
    const ttl = Math.min(refreshAfterMs, storedAt + refreshAfterMs - Date.now());
    if (ttl > 0) this.stored.set(key, storedAt, { ttl });
  }

  private async attempt<T>(action: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await withinDeadline(this.settings.timeoutMs, work);
    } catch (error) {
      throw new BlobUnavailable(action, faultOf(error, this.settings));
    }
  }
}
