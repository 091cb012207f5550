import { describe, expect, it } from '@jest/globals';
import { animated, opaquePng, rotatedJpeg, scene } from '../../../../test/fixtures/pictures.js';
import { seeThroughPng } from '../../../../test/fixtures/bad-images.js';
import type { ImageFacts } from '../facts.js';
import { decode, defaultImageLimits, inspect } from '../index.js';
import { maxViewPixels, mostViewBytes, viewSize } from './view-size.js';

const target = { minShortSide: 896, sampledFrames: 4 };

const decoded = async (bytes: Buffer) => {
  const facts = await inspect(bytes, defaultImageLimits);
  if (!facts.ok) throw new Error(facts.detail);
  const image = await decode(bytes, facts.value, target);
  if (!image.ok) throw new Error(image.detail);
  const { views } = image.value;
  const bytesHeld = views.reduce((sum, { data }) => sum + data.length, 0);
  return { views, bytesHeld, most: mostViewBytes(facts.value, target) };
};

describe('viewSize', () => {
  it.each([
    ['shrinks the short side in proportion', [4000, 2000], [1792, 896]],
    ['leaves alone what is small enough', [1200, 800], [1200, 800]],
    ['squeezes the long side of a tall picture', [896, 16_384], [896, 4464]],
    ['squeezes the long side of a wide picture', [16_384, 500], [8000, 500]],
    ['squeezes after shrinking', [16_384, 1792], [4464, 896]],
  ] as const)('%s', (_what, [width, height], [shrunkWidth, shrunkHeight]) => {
    expect(viewSize({ width, height }, 896)).toEqual({ width: shrunkWidth, height: shrunkHeight });
  });

  it('never gives more than its most pixels, nor less of the short side than is asked', () => {
    for (const short of [1, 300, 895, 896, 897, 1999, 3000])
      for (const long of [short, short + 1, 4000, 16_384]) {
        const { width, height } = viewSize({ width: short, height: long }, 896);
        expect(width * height).toBeLessThanOrEqual(maxViewPixels);
        expect(Math.min(width, height)).toBe(Math.min(short, long, 896));
      }
  });

  it('gives who asks for a longer short side all of it', () => {
    expect(viewSize({ width: 9000, height: 3000 }, 3000)).toEqual({ width: 3000, height: 3000 });
  });
});

describe('decode, of extreme aspects', () => {
  it('gives three bounded views of 132 MB that came as a few hundred KB', async () => {
    const bytes = await seeThroughPng(896, 16_384);
    expect(bytes.length).toBeLessThan(1_000_000);
    const { views, bytesHeld, most } = await decoded(bytes);
    expect(views.map(({ width, height }) => [width, height])).toEqual(Array(3).fill([896, 4464]));
    expect(bytesHeld).toBe(most);
    expect(bytesHeld).toBeLessThanOrEqual(3 * 3 * maxViewPixels);
  });

  it('squeezes upright, also what EXIF turns', async () => {
    const { views } = await decoded(await rotatedJpeg(scene(1, 16_000, 300), 6));
    expect(views.map(({ width, height }) => [width, height])).toEqual([[300, 13_333]]);
  });
});

describe('mostViewBytes', () => {
  it('is no less than what the views of a picture take', async () => {
    for (const bytes of [
      await opaquePng(scene(1, 1200, 1000)),
      await rotatedJpeg(scene(1, 500, 300), 8),
      await animated(
        [1, 2, 3, 4, 5, 6].map((seed) => scene(seed, 90, 60)),
        'webp',
      ),
      await seeThroughPng(40, 30),
    ]) {
      const { bytesHeld, most } = await decoded(bytes);
      expect(bytesHeld).toBeLessThanOrEqual(most);
    }
  });

  it('is bounded whatever is accepted', () => {
    const worst: ImageFacts = {
      mediaType: 'image/webp',
      width: 896,
      height: 16_384,
      frames: 10,
      hasAlpha: true,
      orientation: 6,
    };
    expect(mostViewBytes(worst, target)).toBeLessThanOrEqual(12 * 3 * maxViewPixels);
  });
});
