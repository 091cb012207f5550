import { describe, expect, it } from '@jest/globals';
import { RateLimitService } from './rate-limit.service.js';

const key = (id: string, requestsPerMinute: number | null = null) => ({ id, requestsPerMinute });

describe('The rate limit', () => {
  it('lets a key send its own number of requests, then says when to come back', async () => {
    const limits = new RateLimitService({ rateLimitPerMinute: 100 });
    await limits.spend(key('a', 2));
    await limits.spend(key('a', 2));
    const refusal = await limits.spend(key('a', 2)).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'rate_limited', status: 429 });
    const { retryAfterSeconds } = (refusal as { more: { retryAfterSeconds: number } }).more;
    expect(retryAfterSeconds).toBeGreaterThanOrEqual(1);
    expect(retryAfterSeconds).toBeLessThanOrEqual(60);
  });

  it('falls back to the default where a key has none', async () => {
    const limits = new RateLimitService({ rateLimitPerMinute: 1 });
    await limits.spend(key('a'));
    await expect(limits.spend(key('a'))).rejects.toMatchObject({ code: 'rate_limited' });
  });

  it('counts each key by itself', async () => {
    const limits = new RateLimitService({ rateLimitPerMinute: 1 });
    await limits.spend(key('a'));
    await expect(limits.spend(key('b'))).resolves.toBeUndefined();
  });

  it('is off at 0', async () => {
    const limits = new RateLimitService({ rateLimitPerMinute: 0 });
    for (let i = 0; i < 50; i++) await limits.spend(key('a'));
  });
});
