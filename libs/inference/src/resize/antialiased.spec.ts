import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Pixels } from '#libs/domain';
import { AntialiasedResizer, bicubic, triangle } from './antialiased.js';
import { type Kernel, type Taps, tapsFor } from './taps.js';

/** 9x7, the same in Pillow: `[(i * 37 + i * i * 11) % 256 for i in range(189)]`. */
const picture = {
  data: Uint8Array.from({ length: 9 * 7 * 3 }, (_, i) => (i * 37 + i * i * 11) % 256),
  width: 9,
  height: 7,
};

/** What Pillow 12 makes of it: `Image.fromarray(a).resize((4, 3), Image.BILINEAR)`, and BICUBIC. */
const pillow = {
  bilinear: [
    87, 147, 142, 182, 110, 155, 186, 122, 148, 145, 134, 135, 135, 166, 81, 112, 146, 146, 142, 116, 175,
    166, 116, 167, 117, 90, 105, 112, 115, 83, 140, 120, 142, 114, 133, 128,
  ],
  bicubic: [
    77, 149, 145, 192, 105, 157, 193, 120, 147, 141, 135, 134, 142, 175, 77, 110, 151, 147, 133, 116, 180,
    172, 114, 173, 118, 82, 106, 107, 119, 77, 141, 118, 143, 113, 135, 125,
  ],
  /** first row of an enlargement to 10x8 */
  enlarged: [
    0, 44, 117, 197, 64, 194, 125, 23, 231, 163, 151, 221, 226, 110, 145, 233, 43, 171, 182, 69, 168, 157,
    104, 0, 236, 250, 33, 52, 115, 213,
  ],
};

/** The same in plain whole numbers, which the kernel has to match to the bit. */
const inWholeNumbers = (picture: Pixels, width: number, height: number, kernel: Kernel): Uint8Array => {
  const mix = (of: (at: number) => number, { first, weights }: Taps): number => {
    const sum = weights.reduce((total, weight, k) => (total + of(first + k) * weight) | 0, 2 ** 21);
    return Math.min(Math.max(sum >> 22, 0), 255);
  };
  const across = tapsFor(picture.width, width, kernel);
  const rows = new Uint8Array(width * picture.height * 3);
  for (let y = 0; y < picture.height; y += 1)
    across.forEach((taps, x) => {
      for (let channel = 0; channel < 3; channel += 1)
        rows[(y * width + x) * 3 + channel] = mix(
          (at) => picture.data[(y * picture.width + at) * 3 + channel]!,
          taps,
        );
    });
  const resized = new Uint8Array(width * height * 3);
  tapsFor(picture.height, height, kernel).forEach((taps, y) => {
    for (let x = 0; x < width * 3; x += 1)
      resized[y * width * 3 + x] = mix((at) => rows[at * width * 3 + x]!, taps);
  });
  return resized;
};

const pictures = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }))
  .chain(([width, height]) =>
    fc
      .uint8Array({ minLength: width * height * 3, maxLength: width * height * 3 })
      .map((data): Pixels => ({ data, width, height })),
  );
const sides = fc.integer({ min: 1, max: 24 });

/** Every byte value, in an order that no mix-up of neighbours or rows survives. */
const noise = (width: number, height: number): Pixels => ({
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => Math.imul(i + 1, 2_654_435_761) >>> 11),
  width,
  height,
});

describe('antialiased resizing', () => {
  it('gives to the bit what whole numbers give, whatever the same resizer did before', () => {
    fc.assert(
      fc.property(
        fc.array(pictures, { minLength: 1, maxLength: 4 }),
        sides,
        sides,
        fc.constantFrom(triangle, bicubic),
        (several, width, height, kernel) => {
          const resizer = new AntialiasedResizer(width, height, kernel);
          for (const each of several) {
            const resized = new Uint8Array(width * height * 3);
            resizer.resize(each, resized, 0);
            expect(Buffer.compare(resized, inWholeNumbers(each, width, height, kernel))).toBe(0);
          }
        },
      ),
    );
  });

  it.each([
    [500, 375],
    [1600, 1200],
    [16_384, 3],
    [3, 16_384],
    [60_000, 2],
    [1, 1],
    [223, 225],
    [380, 381],
  ])('gives to the bit what whole numbers give for %i × %i', (width, height) => {
    const source = noise(width, height);
    const resizer = new AntialiasedResizer(224, 224, bicubic);
    const resized = new Uint8Array(224 * 224 * 3);
    resizer.resize(source, resized, 0);
    expect(Buffer.compare(resized, inWholeNumbers(source, 224, 224, bicubic))).toBe(0);
  });

  it('writes to its place in a batch and nowhere else', () => {
    const resizer = new AntialiasedResizer(5, 4, triangle);
    const batch = new Uint8Array(3 * 60).fill(7);
    resizer.resize({ data: new Uint8Array(9 * 5 * 3).fill(200), width: 9, height: 5 }, batch, 120);
    resizer.resize({ data: new Uint8Array(3 * 6 * 3).fill(100), width: 3, height: 6 }, batch, 60);
    expect([...batch]).toEqual([7, 100, 200].flatMap((value) => Array.from({ length: 60 }, () => value)));
  });

  it('gives what Pillow gives, with a triangle and with a cubic kernel', () => {
    const resized = new Uint8Array(4 * 3 * 3);
    new AntialiasedResizer(4, 3, triangle).resize(picture, resized, 0);
    expect([...resized]).toEqual(pillow.bilinear);
    new AntialiasedResizer(4, 3, bicubic).resize(picture, resized, 0);
    expect([...resized]).toEqual(pillow.bicubic);
  });

  it('enlarges like Pillow, and clips what the cubic kernel overshoots', () => {
    const resized = new Uint8Array(10 * 8 * 3);
    new AntialiasedResizer(10, 8, bicubic).resize(picture, resized, 0);
    expect([...resized.subarray(0, 30)]).toEqual(pillow.enlarged);
  });

  it('leaves a picture of the right size alone', () => {
    const resized = new Uint8Array(picture.data.length + 3);
    new AntialiasedResizer(9, 7, bicubic).resize(picture, resized, 3);
    expect(resized.subarray(3)).toEqual(picture.data);
  });
});
