import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiKeyRing, type ChangeFeed, hashApiKey, newApiKey, type ValidApiKey } from '#libs/database';
import { ApiKeysService } from './api-keys.service.js';

const { key, prefix } = newApiKey();
const stored: ValidApiKey = {
  id: 'id',
  name: 'shop',
  prefix,
  hash: hashApiKey(key),
  scopes: ['content:moderate'],
  requestsPerMinute: null,
};

/** A feed that tells when the test says so. */
class HandFeed implements Pick<ChangeFeed, 'subscribe'> {
  refresh = (): Promise<void> => Promise.resolve();

  subscribe(_change: 'api_key', refresh: () => Promise<void>): () => Promise<void> {
    this.refresh = refresh;
    return () => Promise.resolve();
  }
}

describe('API keys', () => {
  let read: () => Promise<ValidApiKey[]>;
  let ring: ApiKeyRing;
  let service: ApiKeysService;
  const feed = new HandFeed();

  beforeEach(async () => {
    read = () => Promise.resolve([stored]);
    ring = await ApiKeyRing.over(() => read(), feed);
    service = new ApiKeysService(ring);
  });
  afterEach(() => ring.close());

  it('let the bearer in, whatever the case of the scheme', () => {
    expect(service.authenticate(`Bearer ${key}`, 'content:moderate').name).toBe('shop');
    expect(service.authenticate(`bearer ${key}`, 'content:moderate').name).toBe('shop');
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
    expect(() => service.authenticate(header, 'content:moderate')).toThrow(
      expect.objectContaining({ code: 'unauthorized' }),
    );
  });

  it('refuse a key that was made for something else, and name what it lacks', () => {
    expect(() => service.authenticate(`Bearer ${key}`, 'content:read')).toThrow(
      expect.objectContaining({ code: 'forbidden', detail: expect.stringContaining('content:read') }),
    );
  });

  it('no longer let in a key that was revoked', async () => {
    read = () => Promise.resolve([]);
    await feed.refresh();
    expect(() => service.authenticate(`Bearer ${key}`, 'content:moderate')).toThrow(
      expect.objectContaining({ code: 'unauthorized' }),
    );
  });

  it('let in what was read last while the database is away', async () => {
    read = () => Promise.reject(new Error('away'));
    await expect(feed.refresh()).rejects.toThrow('away');
    expect(service.authenticate(`Bearer ${key}`, 'content:moderate').name).toBe('shop');
  });
});
