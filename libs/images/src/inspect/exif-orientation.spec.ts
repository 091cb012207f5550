import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { exifOrientation } from './exif-orientation.js';

/** A TIFF structure with one entry in IFD0, little- or big-endian. */
const tiffWith = (orientation: number, little: boolean, type = 3): Buffer => {
  const tiff = Buffer.alloc(26);
  const u16 = (value: number, at: number): unknown =>
    little ? tiff.writeUInt16LE(value, at) : tiff.writeUInt16BE(value, at);
  const u32 = (value: number, at: number): unknown =>
    little ? tiff.writeUInt32LE(value, at) : tiff.writeUInt32BE(value, at);
  tiff.write(little ? 'II' : 'MM', 'latin1');
  u16(42, 2);
  u32(8, 4);
  u16(1, 8);
  u16(0x0112, 10);
  u16(type, 12);
  u32(1, 14);
  u16(orientation, 18);
  return tiff;
};

describe('exifOrientation', () => {
  it.each([true, false])('reads it in either byte order (little-endian: %s)', (little) => {
    for (let orientation = 1; orientation <= 8; orientation++)
      expect(exifOrientation(tiffWith(orientation, little))).toBe(orientation);
  });

  it('takes what is out of range, or of another type, for upright', () => {
    expect(exifOrientation(tiffWith(0, true))).toBe(1);
    expect(exifOrientation(tiffWith(9, true))).toBe(1);
    expect(exifOrientation(tiffWith(6, true, 4))).toBe(1);
  });

  it('never throws, and never leaves 1–8', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (bytes, little) => {
        const tiff = Buffer.concat([tiffWith(6, little).subarray(0, 8), bytes]);
        const orientation = exifOrientation(tiff);
        expect(orientation).toBeGreaterThanOrEqual(1);
        expect(orientation).toBeLessThanOrEqual(8);
      }),
    );
  });
});
