import { describe, expect, it } from '@jest/globals';
import { AntialiasedResizer, bicubic, triangle } from './antialiased.js';

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

describe('antialiased resizing', () => {
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
