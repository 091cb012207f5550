import { describe, expect, it } from '@jest/globals';
import { blackPng, gifOf, jpegOf2000Scans } from '../../../../test/fixtures/bad-images.js';
import {
  animated,
  avif,
  gif,
  jpeg,
  opaquePng,
  png,
  rotatedJpeg,
  scene,
  webp,
  withJpegComment,
} from '../../../../test/fixtures/pictures.js';
import { defaultImageLimits, type ImageLimits, inspect } from '../index.js';

const small = scene(1, 200, 150);
const limits = (over: Partial<ImageLimits> = {}): ImageLimits => ({ ...defaultImageLimits, ...over });

describe('inspect', () => {
  const still = { width: 200, height: 150, frames: 1, orientation: 1 };
  it.each([
    ['image/jpeg', jpeg(small), false],
    ['image/jpeg', jpeg(small, { progressive: true }), false],
    ['image/png', png(small), false],
    ['image/png', opaquePng(small), true],
    ['image/webp', webp(small), false],
    ['image/avif', avif(small), false],
  ] as const)('reads the header of %s', async (mediaType, bytes, hasAlpha) => {
    expect(await inspect(await bytes, limits())).toEqual({
      ok: true,
      value: { ...still, mediaType, hasAlpha },
    });
  });

  it('reads the header of a GIF', async () => {
    expect(await inspect(await gif(small), limits())).toMatchObject({
      ok: true,
      value: { ...still, mediaType: 'image/gif' },
    });
  });

  it.each(['gif', 'webp'] as const)('counts the frames of an animated %s', async (format) => {
    const frames = [scene(1, 80, 60), scene(2, 80, 60), scene(3, 80, 60)];
    expect(await inspect(await animated(frames, format), limits())).toMatchObject({
      ok: true,
      value: { frames: 3, width: 80, height: 60 },
    });
  });

  it.each([1, 3, 6, 8])('reads EXIF orientation %i, and sizes as stored', async (orientation) => {
    const bytes = await rotatedJpeg(small, orientation);
    expect(await inspect(bytes, limits())).toMatchObject({
      ok: true,
      value: { orientation, width: 200, height: 150 },
    });
  });

  it('walks past segments it does not know', async () => {
    const bytes = withJpegComment(await jpeg(small), 'hello');
    expect(await inspect(bytes, limits())).toMatchObject({ ok: true, value: still });
  });

  it('refuses a file of too many scans, which would keep the decoder busy', async () => {
    expect(await inspect(await jpegOf2000Scans(), limits())).toMatchObject({
      ok: false,
      code: 'undecodable_image',
    });
  });

  it.each<[string, Partial<ImageLimits>]>([
    ['pixels', { maxPixels: 200 * 150 - 1 }],
    ['a side', { maxSide: 199 }],
  ])('refuses too many %s, and takes exactly as many as allowed', async (_what, tight) => {
    const bytes = await jpeg(small);
    expect(await inspect(bytes, limits(tight))).toMatchObject({ ok: false, code: 'too_many_pixels' });
    const loose = Object.fromEntries(Object.entries(tight).map(([name, value]) => [name, value + 1]));
    expect(await inspect(bytes, limits(loose))).toMatchObject({ ok: true });
  });

  it('refuses too many frames, and too many pixels over all frames', async () => {
    const bytes = gifOf(10);
    expect(await inspect(bytes, limits({ maxFrames: 10 }))).toMatchObject({ ok: true });
    for (const tight of [{ maxFrames: 9 }, { maxTotalPixels: 9 }])
      expect(await inspect(bytes, limits(tight))).toMatchObject({ ok: false, code: 'too_many_pixels' });
  });

  it('says the size of what is too large', async () => {
    expect(await inspect(blackPng(20_000, 20_000), limits())).toMatchObject({
      detail: expect.stringContaining('20000x20000'),
    });
  });

  it('never throws, however the bytes are broken', async () => {
    for (const bytes of [await jpeg(small), await png(small), await webp(small), await avif(small)])
      for (let length = 1; length < 400; length += 7)
        expect(typeof (await inspect(bytes.subarray(0, length), limits())).ok).toBe('boolean');
  });
});
