import { describe, expect, it } from '@jest/globals';
import { LookCache } from './look-cache.js';
import type { Look } from './look.js';

const look = (score: number): Look => ({
  facts: { mediaType: 'image/png', width: 1, height: 1, frames: 1, hasAlpha: false, orientation: 1 },
  hash: null,
  scores: { 'sexual/explicit': score },
  took: { decodeMs: 1, inferenceMs: 1 },
});

describe('The cache of looks', () => {
  it('shares one work among all who ask while it is under way', async () => {
    const cache = new LookCache(1_000_000);
    let works = 0;
    let finish = (_: Look): void => undefined;
    const make = (): Promise<Look> => {
      works++;
      return new Promise((resolve) => (finish = resolve));
    };
    const asked = Array.from({ length: 100 }, () => cache.get('a', make));
    finish(look(0.5));
    const outcomes = (await Promise.all(asked)).map(({ outcome }) => outcome);
    expect(works).toBe(1);
    expect(outcomes.filter((outcome) => outcome === 'miss')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'joined')).toHaveLength(99);
  });

  it('answers later from memory', async () => {
    const cache = new LookCache(1_000_000);
    await cache.get('a', () => Promise.resolve(look(0.5)));
    const again = await cache.get('a', () => Promise.reject(new Error('must not be asked')));
    expect(again).toMatchObject({ outcome: 'hit', look: look(0.5) });
    expect(cache.peek('a')).toEqual(look(0.5));
  });

  it('fails for all who wait, and tries again for the next', async () => {
    const cache = new LookCache(1_000_000);
    const fail = (): Promise<Look> => Promise.reject(new Error('no room'));
    const asked = await Promise.allSettled([cache.get('a', fail), cache.get('a', fail)]);
    expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect((await cache.get('a', () => Promise.resolve(look(0.1)))).outcome).toBe('miss');
  });

  it('forgets the least recently used when its bytes are full', async () => {
    const cache = new LookCache(3_000);
    for (const key of ['a', 'b', 'c']) await cache.get(key, () => Promise.resolve(look(0)));
    expect([cache.peek('a'), cache.peek('c')]).toEqual([undefined, look(0)]);
    expect(cache.bytes).toBeLessThanOrEqual(3_000);
  });

  it('keeps nothing with no room, but still shares work', async () => {
    const cache = new LookCache(0);
    let works = 0;
    const make = async (): Promise<Look> => {
      works++;
      await new Promise(setImmediate);
      return look(0);
    };
    await Promise.all([cache.get('a', make), cache.get('a', make)]);
    await cache.get('a', make);
    expect(works).toBe(2);
  });

  it('does not lose work under way when other entries push it out', async () => {
    const cache = new LookCache(3_000);
    let finish = (_: Look): void => undefined;
    const slow = cache.get('slow', () => new Promise((resolve) => (finish = resolve)));
    for (let i = 0; i < 20; i++) await cache.get(String(i), () => Promise.resolve(look(0)));
    finish(look(0.9));
    expect((await slow).look).toEqual(look(0.9));
  });
});
