import type { PerceptualHash, Pixels } from '#libs/domain';
import { threadEntry } from '#libs/platform';
import { Piscina } from 'piscina';

export interface HashedPixels {
  hash: PerceptualHash;
  /** the same picture; its memory has travelled to the thread and back */
  pixels: Pixels;
}

/** `pdqHash` off the event loop. */
export class PdqHasher {
  private readonly threads: Piscina<Pixels, HashedPixels>;
  private closed = false;

  /** @param threads one hashes about a thousand pictures a second */
  constructor(threads = 1) {
    this.threads = new Piscina({
      filename: threadEntry(import.meta.url, './pdq.thread.js').href,
      minThreads: threads,
      maxThreads: threads,
      // a message wakes the thread; spinning on shared memory would burn CPU that the models need
      atomics: 'disabled',
      recordTiming: false,
    });
  }

  /**
   * Takes over the memory of `pixels`, which is empty from now on; the same picture comes back with the hash.
   * Rejects after `close()`, and when the thread dies (which Piscina replaces).
   */
  async hash(pixels: Pixels): Promise<HashedPixels> {
    // Piscina would start new threads
    if (this.closed) throw new Error('the hasher is closed');
    return await this.threads.run(pixels, { transferList: [pixels.data.buffer as ArrayBuffer] });
  }

  /** Lets what is under way finish, then ends the threads. */
  async close(): Promise<void> {
    this.closed = true;
    await this.threads.close();
  }
}
