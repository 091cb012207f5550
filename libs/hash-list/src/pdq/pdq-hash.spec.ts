import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Pixels } from '#libs/domain';
import { scene } from '../../../../test/fixtures/pictures.js';
import { hammingDistance } from '../hash-words.js';
import { pdqHash } from './pdq-hash.js';

const map = ({ data, width, height }: Pixels, change: (value: number) => number): Pixels => ({
  data: data.map((value) => Math.max(0, Math.min(255, change(value)))),
  width,
  height,
});

const mirrored = ({ data, width, height }: Pixels): Pixels => {
  const turned = new Uint8Array(data.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < 3; c++)
        turned[(y * width + x) * 3 + c] = data[(y * width + (width - 1 - x)) * 3 + c]!;
  return { data: turned, width, height };
};

describe('pdqHash', () => {
  const picture = scene(11);

  it('gives a structured picture a full-quality hash with half of its bits set', () => {
    const { pdq, quality } = pdqHash(picture);
    expect(quality).toBeGreaterThanOrEqual(50);
    expect(hammingDistance(pdq, '0'.repeat(64))).toBe(128);
  });

  it('hardly notices that a picture got brighter or lost contrast', () => {
    const { pdq } = pdqHash(picture);
    expect(hammingDistance(pdq, pdqHash(map(picture, (value) => value * 0.8 + 20)).pdq)).toBeLessThanOrEqual(
      10,
    );
  });

  it('hardly notices the size, also beyond the side that is sampled down', () => {
    const { pdq } = pdqHash(picture);
    for (const [width, height] of [
      [250, 187],
      [640, 480],
      [1000, 750],
    ] as const)
      expect(hammingDistance(pdq, pdqHash(scene(11, width, height)).pdq)).toBeLessThanOrEqual(16);
  });

  it('tells different pictures apart', () => {
    const hashes = Array.from({ length: 12 }, (_, seed) => pdqHash(scene(seed)).pdq);
    hashes.forEach((one, i) =>
      hashes.slice(i + 1).forEach((other) => expect(hammingDistance(one, other)).toBeGreaterThan(60)),
    );
  });

  it('changes every second frequency along a mirrored axis, as a DCT does', () => {
    // the signs of half of the columns change, so about half of the bits
    const distance = hammingDistance(pdqHash(picture).pdq, pdqHash(mirrored(picture)).pdq);
    expect(distance).toBeGreaterThan(96);
    expect(distance).toBeLessThan(160);
  });

  it('gives a flat picture quality 0', () => {
    expect(pdqHash(map(picture, () => 77)).quality).toBe(0);
  });

  it('has no hash for pictures under five pixels a side, as the reference', () => {
    expect(pdqHash({ data: new Uint8Array(4 * 9 * 3).fill(9), width: 4, height: 9 })).toEqual({
      pdq: '0'.repeat(64),
      quality: 0,
    });
  });

  it('takes pictures of any shape', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 1, max: 40 }), (long, short) => {
        for (const [width, height] of [
          [long, short],
          [short, long],
        ] as const) {
          const { pdq, quality } = pdqHash(scene(3, width, height));
          expect(pdq).toMatch(/^[0-9a-f]{64}$/);
          expect(quality).toBeGreaterThanOrEqual(0);
          expect(quality).toBeLessThanOrEqual(100);
        }
      }),
      { numRuns: 20 },
    );
  });
});
