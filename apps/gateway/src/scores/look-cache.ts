import { LRUCache } from 'lru-cache';
import type { CacheOutcome } from '../metrics/metrics.service.js';
import { bytesOf, type Look } from './look.js';

type Make = () => Promise<Look>;
type Status = LRUCache.Status<string, Look, Make>;

/**
 * Looks by the picture's digest and the model's version, the least recently used ones evicted. Whoever asks for a key
 * that somebody is at work on waits for the same work (single flight), failures included; failures are not kept.
 */
export class LookCache {
  private readonly entries: LRUCache<string, Look, Make>;

  /** @param maxBytes 0 keeps nothing, but work at the same time is still shared */
  constructor(maxBytes: number) {
    this.entries = new LRUCache({
      maxSize: Math.max(1, maxBytes),
      sizeCalculation: bytesOf,
      fetchMethod: (_key, _stale, { context: make }) => make(),
      // Work that others wait for is finished even when its entry is evicted meanwhile.
      ignoreFetchAbort: true,
    });
  }

  get bytes(): number {
    return this.entries.calculatedSize;
  }

  /** What is kept under a key now; asks for no work, and does not wait for any. */
  peek(key: string): Look | undefined {
    return this.entries.peek(key);
  }

  /** @throws whatever `make` throws, for all who wait for it */
  async get(key: string, make: Make): Promise<{ look: Look; outcome: CacheOutcome }> {
    const status: Status = {};
    const look = await this.entries.fetch(key, { context: make, status });
    return { look: look!, outcome: outcomes[status.fetch ?? 'miss'] };
  }

  forget(key: string): void {
    this.entries.delete(key);
  }
}

const outcomes: Record<NonNullable<Status['fetch']>, CacheOutcome> = {
  get: 'hit',
  hit: 'hit',
  stale: 'hit',
  inflight: 'joined',
  miss: 'miss',
  refresh: 'miss',
};
