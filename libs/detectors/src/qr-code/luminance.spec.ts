import { describe, expect, it } from '@jest/globals';
import { doubled, luminanceOf } from './luminance.js';

describe('luminanceOf', () => {
  it('weighs the channels as ITU-R BT.601 does', () => {
    const data = Uint8Array.of(255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255);
    expect([...luminanceOf({ data, width: 5, height: 1 }).data]).toEqual([255, 0, 76, 150, 29]);
  });
});

describe('doubled', () => {
  it('draws straight lines between the middles of pixels', () => {
    const { data, width, height } = doubled({ data: Uint8Array.of(0, 160), width: 2, height: 1 });
    expect([width, height]).toEqual([4, 2]);
    expect([...data]).toEqual([0, 40, 120, 160, 0, 40, 120, 160]);
  });

  it('keeps what is even, and a single pixel', () => {
    expect([...doubled({ data: new Uint8Array(6).fill(77), width: 2, height: 3 }).data]).toEqual(
      Array(24).fill(77),
    );
    expect([...doubled({ data: Uint8Array.of(9), width: 1, height: 1 }).data]).toEqual([9, 9, 9, 9]);
  });
});
