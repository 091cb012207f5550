import { timingSafeEqual } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { ChangeFeed } from '../change-feed/change-feed.js';
import { hashApiKey, parseApiKey } from './api-key-secret.js';
import { type ValidApiKey, validApiKeys } from './api-key.queries.js';

/** Every valid API key in memory: a request costs no query, and a revoked key stops within about a second. */
export class ApiKeyRing {
  private byPrefix = new Map<string, ValidApiKey>();
  private readonly unsubscribe: () => Promise<void>;

  private constructor(
    private readonly read: () => Promise<ValidApiKey[]>,
    changes: Pick<ChangeFeed, 'subscribe'>,
  ) {
    this.unsubscribe = changes.subscribe('api_key', () => this.refresh());
  }

  /** A ring that has its keys already. */
  static open(dataSource: DataSource, changes: Pick<ChangeFeed, 'subscribe'>): Promise<ApiKeyRing> {
    return ApiKeyRing.over(() => validApiKeys(dataSource), changes);
  }

  /** The same over any source of keys. */
  static async over(
    read: () => Promise<ValidApiKey[]>,
    changes: Pick<ChangeFeed, 'subscribe'>,
  ): Promise<ApiKeyRing> {
    const ring = new ApiKeyRing(read, changes);
    await ring.refresh();
    return ring;
  }

  /**
   * @param authorization a request's Authorization header
   * @returns undefined where it holds no valid key, whatever is wrong with it
   */
  keyOf(authorization: string | undefined): ValidApiKey | undefined {
    const key = bearer.exec(authorization ?? '')?.[1];
    const prefix = key && parseApiKey(key)?.prefix;
    const stored = prefix && this.byPrefix.get(prefix);
    return key && stored && timingSafeEqual(stored.hash, hashApiKey(key)) ? stored : undefined;
  }

  close(): Promise<void> {
    return this.unsubscribe();
  }

  private async refresh(): Promise<void> {
    this.byPrefix = new Map((await this.read()).map((key) => [key.prefix, key]));
  }
}

const bearer = /^Bearer +([\w-]+)$/i;
