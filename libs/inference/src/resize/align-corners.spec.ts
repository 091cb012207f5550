import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Pixels } from '#libs/domain';
import { AlignCornersResizer } from './align-corners.js';

/** The definition, pixel by pixel in doubles: TensorFlow's ResizeBilinear with align_corners. */
const byDefinition = ({ data, width, height }: Pixels, toWidth: number, toHeight: number): number[] => {
  const at = (x: number, y: number, channel: number): number => data[(y * width + x) * 3 + channel]!;
  const step = (from: number, to: number): number => (to > 1 ? (from - 1) / (to - 1) : 0);
  const values: number[] = [];
  for (let y = 0; y < toHeight; y += 1) {
    for (let x = 0; x < toWidth; x += 1) {
      const [sx, sy] = [x * step(width, toWidth), y * step(height, toHeight)];
      const [left, upper] = [Math.floor(sx), Math.floor(sy)];
      const [right, lower] = [Math.min(Math.ceil(sx), width - 1), Math.min(Math.ceil(sy), height - 1)];
      for (let channel = 0; channel < 3; channel += 1) {
        const mix = (a: number, b: number, share: number): number => a + (b - a) * share;
        const top = mix(at(left, upper, channel), at(right, upper, channel), sx - left);
        const bottom = mix(at(left, lower, channel), at(right, lower, channel), sx - left);
        values.push(mix(top, bottom, sy - upper));
      }
    }
  }
  return values;
};

/** The same in whole numbers, which the kernel has to match to the bit: weights in whole 1/2048, one rounding at the end. */
const inWholeNumbers = ({ data, width, height }: Pixels, toWidth: number, toHeight: number): Uint8Array => {
  const one = 2048;
  const neighbours = (i: number, from: number, to: number): [number, number, number] => {
    const at = i * (to > 1 ? (from - 1) / (to - 1) : 0);
    const before = Math.min(Math.floor(at), from - 1);
    return [before, Math.min(before + 1, from - 1), Math.round((at - before) * one)];
  };
  const resized = new Uint8Array(toWidth * toHeight * 3);
  const columns = Array.from({ length: toWidth }, (_, x) => neighbours(x, width, toWidth));
  for (let y = 0; y < toHeight; y += 1) {
    const [upper, lower, down] = neighbours(y, height, toHeight);
    columns.forEach(([left, right, toRight], x) => {
      for (let channel = 0; channel < 3; channel += 1) {
        const across = (row: number): number =>
          data[(row * width + left) * 3 + channel]! * (one - toRight) +
          data[(row * width + right) * 3 + channel]! * toRight;
        const sum = across(upper) * (one - down) + across(lower) * down;
        resized[(y * toWidth + x) * 3 + channel] = Math.floor(sum / one ** 2 + 0.5);
      }
    });
  }
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
const noise = (width: number, height: number): Pixels => {
  const data = new Uint8Array(width * height * 3);
  for (let at = 0; at < data.length; at += disorder.length) {
    data.set(disorder.subarray(0, data.length - at), at);
  }
  return { data, width, height };
};
/** As long as a prime, so that rows of no width come out alike. */
const disorder = Uint8Array.from({ length: 65_537 }, (_, i) => Math.imul(i + 1, 2_654_435_761) >>> 11);

describe('resizing with aligned corners', () => {
  it('is TensorFlow’s bilinear sampling, rounded to the nearest grey level', () => {
    fc.assert(
      fc.property(pictures, sides, sides, (picture, width, height) => {
        const resized = new Uint8Array(width * height * 3);
        new AlignCornersResizer(width, height).resize(picture, resized, 0);
        const exact = byDefinition(picture, width, height);
        // half a level of rounding, an eighth for weights in whole 1/2048 on either axis
        resized.forEach((value, i) => expect(Math.abs(value - exact[i]!)).toBeLessThanOrEqual(0.75));
      }),
    );
  });

  it('gives to the bit what whole numbers give, whatever the same resizer did before', () => {
    fc.assert(
      fc.property(
        fc.array(pictures, { minLength: 1, maxLength: 4 }),
        sides,
        sides,
        (several, width, height) => {
          const resizer = new AlignCornersResizer(width, height);
          for (const picture of several) {
            const resized = new Uint8Array(width * height * 3);
            resizer.resize(picture, resized, 0);
            expect(resized).toEqual(inWholeNumbers(picture, width, height));
          }
        },
      ),
    );
  });

  it.each([
    [1, 1],
    [1, 300],
    [300, 1],
    [2, 2],
    [223, 225],
    [224, 224],
    [224, 100],
    [447, 447],
    [448, 449],
    [500, 375],
    [1600, 1200],
    [16384, 3],
    [16384, 500],
    [3, 16384],
    [40_000, 8],
  ])('gives to the bit what whole numbers give for %i × %i', (width, height) => {
    const picture = noise(width, height);
    for (const side of [224, 299]) {
      const resizer = new AlignCornersResizer(side, side);
      const resized = new Uint8Array(side * side * 3);
      resizer.resize(picture, resized, 0);
      expect(Buffer.compare(resized, inWholeNumbers(picture, side, side))).toBe(0);
    }
  });

  it('gives black for black and white for white', () => {
    const resizer = new AlignCornersResizer(224, 224);
    for (const level of [0, 255]) {
      const resized = new Uint8Array(224 * 224 * 3).fill(7);
      resizer.resize(
        { data: new Uint8Array(333 * 251 * 3).fill(level), width: 333, height: 251 },
        resized,
        0,
      );
      expect(resized.every((value) => value === level)).toBe(true);
    }
  });

  it('resizes small pictures after one so wide that memory had to grow', () => {
    const resizer = new AlignCornersResizer(5, 5);
    for (const picture of [noise(9, 9), noise(200_000, 2), noise(9, 9), noise(17, 40)]) {
      const resized = new Uint8Array(75);
      resizer.resize(picture, resized, 0);
      expect(resized).toEqual(inWholeNumbers(picture, 5, 5));
    }
  });

  it('keeps the four corners', () => {
    const data = Uint8Array.from({ length: 50 * 37 * 3 }, (_, i) => (i * 31) % 256);
    const resized = new Uint8Array(8 * 8 * 3);
    new AlignCornersResizer(8, 8).resize({ data, width: 50, height: 37 }, resized, 0);
    const corner = (pixels: Uint8Array, pixel: number): number[] => [
      ...pixels.slice(pixel * 3, pixel * 3 + 3),
    ];
    expect(corner(resized, 0)).toEqual(corner(data, 0));
    expect(corner(resized, 7)).toEqual(corner(data, 49));
    expect(corner(resized, 56)).toEqual(corner(data, 36 * 50));
    expect(corner(resized, 63)).toEqual(corner(data, 37 * 50 - 1));
  });

  it('writes to its place in a batch and nowhere else, also after a picture of another size', () => {
    const resizer = new AlignCornersResizer(4, 4);
    const batch = new Uint8Array(3 * 48).fill(7);
    resizer.resize({ data: new Uint8Array(9 * 5 * 3).fill(200), width: 9, height: 5 }, batch, 96);
    resizer.resize({ data: new Uint8Array(3 * 6 * 3).fill(100), width: 3, height: 6 }, batch, 48);
    const filled = [7, 100, 200].flatMap((value) => Array.from({ length: 48 }, () => value));
    expect([...batch]).toEqual(filled);
  });
});
