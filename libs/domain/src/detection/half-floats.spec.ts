import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromHalfFloats, toHalfFloats } from './half-floats.js';

const throughHalf = (value: number): number => fromHalfFloats(toHalfFloats(Float32Array.of(value)))[0]!;

/** Every half-precision number there is, by its bits. */
const all = fromHalfFloats(new Uint8Array(Uint16Array.from({ length: 65_536 }, (_, bits) => bits).buffer));
const finite = [...new Set(all.filter(Number.isFinite))].sort((one, other) => one - other);

describe('Half-precision numbers', () => {
  it('come back as they went, each of them', () => {
    const again = fromHalfFloats(toHalfFloats(all));
    expect(all).toHaveLength(65_536);
    expect(all.filter((value, at) => !Object.is(again[at], value))).toHaveLength(0);
  });

  it('are little endian, as the standard’s examples', () => {
    const bytes = toHalfFloats(Float32Array.of(1, -2, 65_504, 2 ** -14, 2 ** -24, Infinity, 1 / 3, -0));
    expect([...bytes]).toEqual(
      [0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x7c00, 0x3555, 0x8000].flatMap((half) => [
        half & 0xff,
        half >> 8,
      ]),
    );
  });

  it('are the nearest to what they stand for', () => {
    fc.assert(
      fc.property(fc.float({ min: -65_504, max: 65_504, noNaN: true }), (value) => {
        let [low, high] = [0, finite.length - 1];
        while (high - low > 1) {
          const middle = (low + high) >> 1;
          if (finite[middle]! <= value) low = middle;
          else high = middle;
        }
        const nearest = Math.min(value - finite[low]!, finite[high]! - value);
        expect(Math.abs(throughHalf(value) - value)).toBe(Math.abs(nearest));
      }),
    );
  });

  it('go to the even one where two are as near, and to infinity beyond the largest', () => {
    expect(throughHalf(1 + 2 ** -11)).toBe(1);
    expect(throughHalf(1 + 3 * 2 ** -11)).toBe(1 + 2 ** -9);
    expect(throughHalf(2 ** -25)).toBe(0);
    expect(throughHalf(3 * 2 ** -25)).toBe(2 ** -23);
    expect(throughHalf(65_519)).toBe(65_504);
    expect(throughHalf(65_520)).toBe(Infinity);
    expect(throughHalf(-1e30)).toBe(-Infinity);
    expect(throughHalf(NaN)).toBeNaN();
  });

  it('are two bytes each', () => {
    expect(() => fromHalfFloats(new Uint8Array(3))).toThrow(RangeError);
  });
});
