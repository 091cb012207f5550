import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { frameIndices } from './frame-indices.js';

describe('frameIndices', () => {
  it('names the first, the last, and evenly spaced frames between', () => {
    expect(frameIndices(101, 5)).toEqual([0, 25, 50, 75, 100]);
    expect(frameIndices(1, 5)).toEqual([0]);
    expect(frameIndices(9, 1)).toEqual([0]);
    expect(frameIndices(3, 9)).toEqual([0, 1, 2]);
  });

  it('never repeats a frame or leaves the animation', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 50 }), (frames, sampled) => {
        const indices = frameIndices(frames, sampled);
        expect(new Set(indices).size).toBe(Math.min(frames, sampled));
        expect(indices.every((index) => index >= 0 && index < frames)).toBe(true);
        if (sampled > 1) expect(indices.at(-1)).toBe(frames - 1);
      }),
    );
  });
});
