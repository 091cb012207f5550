import { timingSafeEqual } from 'node:crypto';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ChangeFeed, hashApiKey, parseApiKey } from '#libs/database';
import { LOGGER, type Logger, Problem } from '#libs/platform';
import { ApiKeysRepository, type StoredKey } from './api-keys.repository.js';

/** Who asks. */
export type Caller = Pick<StoredKey, 'id' | 'name' | 'requestsPerMinute'>;

/** Every valid API key in memory: a request costs no query, and a revoked key stops within about a second. */
@Injectable()
export class ApiKeysService implements OnModuleInit, OnModuleDestroy {
  private byPrefix = new Map<string, StoredKey>();
  private unsubscribe: (() => Promise<void>) | undefined;

  constructor(
    private readonly repository: ApiKeysRepository,
    private readonly changes: ChangeFeed,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onModuleInit(): Promise<void> {
    this.unsubscribe = this.changes.subscribe('api_key', () => this.refresh());
    await this.refresh();
  }

  async onModuleDestroy(): Promise<void> {
    await this.unsubscribe?.();
  }

  /**
   * @param authorization the request's Authorization header
   * @throws Problem `unauthorized`, in the same words whatever is wrong with the key
   */
  authenticate(authorization: string | undefined): Caller {
    const key = bearer.exec(authorization ?? '')?.[1];
    const prefix = key && parseApiKey(key)?.prefix;
    const stored = prefix && this.byPrefix.get(prefix);
    if (key && stored && timingSafeEqual(stored.hash, hashApiKey(key))) return stored;
    throw new Problem('unauthorized', 'Send a valid API key as Authorization: Bearer <key>.');
  }

  private async refresh(): Promise<void> {
    const keys = await this.repository.valid();
    this.byPrefix = new Map(keys.map((key) => [key.prefix, key]));
    this.logger.debug({ keys: keys.length }, 'API keys read');
  }
}

const bearer = /^Bearer +([\w-]+)$/i;
