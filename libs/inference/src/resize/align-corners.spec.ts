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

const pictures = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }))
  .chain(([width, height]) =>
    fc
      .uint8Array({ minLength: width * height * 3, maxLength: width * height * 3 })
      .map((data): Pixels => ({ data, width, height })),
  );
const sides = fc.integer({ min: 1, max: 24 });

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
