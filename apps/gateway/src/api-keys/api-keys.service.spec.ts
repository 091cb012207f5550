import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { type ChangeFeed, hashApiKey, newApiKey } from '#libs/database';
import type { StoredKey } from './api-keys.repository.js';
import { ApiKeysService } from './api-keys.service.js';

const { key, prefix } = newApiKey();
const stored: StoredKey = { id: 'id', name: 'shop', prefix, hash: hashApiKey(key), requestsPerMinute: null };

/** A feed that tells when the test says so. */
class HandFeed implements Pick<ChangeFeed, 'subscribe'> {
  refresh = (): Promise<void> => Promise.resolve();

  subscribe(_change: 'api_key', refresh: () => Promise<void>): () => Promise<void> {
    this.refresh = refresh;
    return () => Promise.resolve();
  }
}

describe('API keys', () => {
  let valid: StoredKey[];
  let service: ApiKeysService;
  const feed = new HandFeed();

  beforeEach(async () => {
    valid = [stored];
    const repository = { valid: () => Promise.resolve(valid) };
    service = new ApiKeysService(repository as never, feed as never, pino({ level: 'silent' }));
    await service.onModuleInit();
  });
  afterEach(() => service.onModuleDestroy());

  it('let the bearer in, whatever the case of the scheme', () => {
    expect(service.authenticate(`Bearer ${key}`).name).toBe('shop');
    expect(service.authenticate(`bearer ${key}`).name).toBe('shop');
  });

  const lastChanged = key.slice(0, -1) + (key.endsWith('A') ? 'B' : 'A');
  it.each([
    ['no header', undefined],
    ['an empty header', ''],
    ['another scheme', `Basic ${key}`],
    ['no scheme', key],
    ['a key with another last character', `Bearer ${lastChanged}`],
    ['a key that never was', `Bearer ${newApiKey().key}`],
    ['the prefix alone', `Bearer slc_${prefix}_`],
    ['something that is no key', 'Bearer hello'],
    ['a key and more', `Bearer ${key} more`],
  ])('refuse %s', (_what, header) => {
    expect(() => service.authenticate(header)).toThrow(expect.objectContaining({ code: 'unauthorized' }));
  });

  it('no longer let in a key that was revoked', async () => {
    valid = [];
    await feed.refresh();
    expect(() => service.authenticate(`Bearer ${key}`)).toThrow(
      expect.objectContaining({ code: 'unauthorized' }),
    );
  });

  it('let in what was read last while the database is away', async () => {
    service['repository'].valid = () => Promise.reject(new Error('away'));
    await expect(feed.refresh()).rejects.toThrow('away');
    expect(service.authenticate(`Bearer ${key}`).name).toBe('shop');
  });
});
