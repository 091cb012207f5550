import { afterAll, describe, expect, it } from '@jest/globals';
import type { Pixels } from '#libs/domain';
import { scene } from '../../../../test/fixtures/pictures.js';
import { pdqHash } from './pdq-hash.js';
import { PdqHasher } from './pdq-hasher.js';

const picture = (seed: number): Pixels => {
  const { data, width, height } = scene(seed, 120, 90);
  return { data: new Uint8Array(data), width, height };
};

describe('PdqHasher', () => {
  const hasher = new PdqHasher();
  afterAll(() => hasher.close());

  it('gives the hash that pdqHash gives, and the picture back', async () => {
    const pixels = picture(1);
    const { hash, pixels: returned } = await hasher.hash(pixels);
    expect(hash).toEqual(pdqHash(picture(1)));
    expect(Buffer.compare(returned.data, picture(1).data)).toBe(0);
  });

  it('takes over the memory, without a copy', async () => {
    const pixels = picture(2);
    const hashing = hasher.hash(pixels);
    expect(pixels.data.length).toBe(0);
    await hashing;
  });

  it('keeps many pictures apart', async () => {
    const seeds = Array.from({ length: 20 }, (_, seed) => seed);
    const hashed = await Promise.all(seeds.map((seed) => hasher.hash(picture(seed))));
    hashed.forEach(({ hash }, seed) => expect(hash).toEqual(pdqHash(picture(seed))));
  });

  it('finishes what is under way before it closes, and then takes no more', async () => {
    const closing = new PdqHasher();
    const last = closing.hash(picture(3));
    await closing.close();
    await expect(last).resolves.toMatchObject({ hash: pdqHash(picture(3)) });
    await expect(closing.hash(picture(4))).rejects.toThrow();
  });
});
