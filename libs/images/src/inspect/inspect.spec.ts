import { describe, expect, it } from '@jest/globals';
import {
  blackPng,
  gifOf,
  jpegOf2000Scans,
  jpegWithComments,
  jpegWithFill,
  pngWithEmptyChunks,
} from '../../../../test/fixtures/bad-images.js';
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
import { hasMoreScansThan, readJpegHeader } from './jpeg-header.js';

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

  it.each([
    ['fill bytes', jpegWithFill, 65_000, 66_000],
    ['segments', jpegWithComments, 4_000, 4_100],
    ['chunks', pngWithEmptyChunks, 900, 1_000],
  ] as const)('walks over a bounded number of %s', async (_what, make, few, many) => {
    expect(await inspect(await make(few), limits())).toMatchObject({ ok: true });
    expect(await inspect(await make(many), limits())).toMatchObject({ ok: false, code: 'undecodable_image' });
  });

  it('counts scans piece by piece, and lets others have the event loop in between', async () => {
    const bytes = await jpeg(small, { progressive: true });
    const padded = Buffer.concat([bytes, Buffer.alloc(10_000_000, 0xff)]);
    let turns = 0;
    let isInspecting = true;
    const count = (): void => {
      turns += 1;
      if (isInspecting) setImmediate(count);
    };
    setImmediate(count);
    expect(await inspect(padded, limits())).toMatchObject({ ok: true });
    isInspecting = false;
    expect(turns).toBeGreaterThan(20);
  });

  it('counts a scan whose marker lies on the border of two pieces', async () => {
    const bytes = await jpeg(small, { progressive: true });
    const header = readJpegHeader(bytes)!;
    const scan = Buffer.from([0xff, 0xda]);
    const pieces = Buffer.alloc(3 * 262_144);
    scan.copy(pieces, 0);
    for (const border of [262_144, 2 * 262_144]) scan.copy(pieces, border - 1);
    const joined = Buffer.concat([bytes.subarray(0, header.firstScan), pieces]);
    expect(await hasMoreScansThan(2, joined, header.firstScan)).toBe(true);
    expect(await hasMoreScansThan(3, joined, header.firstScan)).toBe(false);
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
