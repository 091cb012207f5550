import { describe, expect, it } from '@jest/globals';
import { DetectionInput, detectionSize } from './detection-input.js';

const settings = { longestSide: 960, enlargedTo: 640 };

describe('The size in which writing is looked for', () => {
  it.each([
    ['a large picture is shrunk', { width: 3000, height: 4000 }, { width: 736, height: 960 }],
    ['a small one is enlarged', { width: 320, height: 240 }, { width: 640, height: 480 }],
    ['one between stays', { width: 800, height: 700 }, { width: 800, height: 704 }],
    ['a strip keeps something of its height', { width: 4000, height: 20 }, { width: 960, height: 32 }],
    ['a dot is enlarged', { width: 1, height: 1 }, { width: 640, height: 640 }],
  ])('%s', (_case, picture, size) => {
    expect(detectionSize(picture, settings)).toEqual(size);
  });
});

describe('The input of detection', () => {
  it('is planes of blue, green and red, normalised in this order', () => {
    const data = Uint8Array.from({ length: 32 * 32 * 3 }, (_, at) => [255, 0, 51][at % 3]!);
    const { values, size } = new DetectionInput({ longestSide: 32, enlargedTo: 32 }).of({
      data,
      width: 32,
      height: 32,
    });
    expect(size).toEqual({ width: 32, height: 32 });
    const plane = 32 * 32;
    expect(values[0]).toBeCloseTo((0.2 - 0.485) / 0.229, 5);
    expect(values[plane]).toBeCloseTo((0 - 0.456) / 0.224, 5);
    expect(values[2 * plane + 7]).toBeCloseTo((1 - 0.406) / 0.225, 5);
  });
});
