import { describe, expect, it } from '@jest/globals';
import type { Pixels } from '#libs/domain';
import { crop } from './crop.js';
import { type Quadrilateral, turned } from './quadrilateral.js';

/** 4 x 2 pixels whose red is their column, whose green is their row, and whose blue is full. */
const picture: Pixels = {
  data: Uint8Array.from({ length: 24 }, (_, at) => {
    const pixel = Math.floor(at / 3);
    return [(pixel % 4) * 40, Math.floor(pixel / 4) * 100, 255][at % 3]!;
  }),
  width: 4,
  height: 2,
};
const whole: Quadrilateral = [
  { x: 0, y: 0 },
  { x: 4, y: 0 },
  { x: 4, y: 2 },
  { x: 0, y: 2 },
];

/** The planes as bytes: blue, green, red. */
const bytesOf = (
  source: Pixels,
  corners: Quadrilateral,
  size: { width: number; height: number; stride?: number },
): number[][] => {
  const { stride = size.width } = size;
  const plane = stride * size.height;
  const target = new Float32Array(plane * 3);
  crop(source, corners, target, { ...size, stride });
  return [0, 1, 2].map((at) =>
    [...target.subarray(at * plane, (at + 1) * plane)].map((value) => Math.round((value + 1) * 127.5)),
  );
};

describe('A crop', () => {
  it('of all there is, at its own size, is the picture in planes of blue, green and red', () => {
    expect(bytesOf(picture, whole, { width: 4, height: 2 })).toEqual([
      Array<number>(8).fill(255),
      [0, 0, 0, 0, 100, 100, 100, 100],
      [0, 40, 80, 120, 0, 40, 80, 120],
    ]);
  });

  it('from another corner on is turned with it', () => {
    const [, , upsideDown] = bytesOf(picture, turned(whole, 2), { width: 4, height: 2 });
    expect(upsideDown).toEqual([120, 80, 40, 0, 120, 80, 40, 0]);
    const [, , onItsSide] = bytesOf(picture, turned(whole, 1), { width: 2, height: 4 });
    expect(onItsSide).toEqual([120, 120, 80, 80, 40, 40, 0, 0]);
  });

  it('averages over what it shrinks, and mixes where it enlarges', () => {
    const [, , shrunk] = bytesOf(picture, whole, { width: 1, height: 1 });
    expect(shrunk).toEqual([60]);
    const [, , enlarged] = bytesOf(picture, whole, { width: 8, height: 1 });
    expect(enlarged).toEqual([0, 10, 30, 50, 70, 90, 110, 120]);
  });

  it('beyond the picture is its edge, and beyond its own width is nothing', () => {
    const beyond = whole.map(({ x, y }) => ({ x: x + 3, y })) as Quadrilateral;
    const [, , red] = bytesOf(picture, beyond, { width: 4, height: 2, stride: 6 });
    const nothing = Math.round(127.5);
    expect(red).toEqual([120, 120, 120, 120, nothing, nothing, 120, 120, 120, 120, nothing, nothing]);
  });
});
