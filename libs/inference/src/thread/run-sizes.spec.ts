import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RunSizes } from './run-sizes.js';

const onGpu = fc.constantFrom('cuda' as const, 'tensorrt' as const, 'webgpu' as const);

describe('The sizes of runs', () => {
  it('are what comes, on a CPU, and one run is warm-up enough', () => {
    const sizes = RunSizes.on('cpu', 32);
    expect([1, 3, 31, 32].map((pictures) => sizes.fit(pictures))).toEqual([1, 3, 31, 32]);
    expect(sizes.toWarmUp).toEqual([1]);
  });

  it('are few on a GPU, and the smallest and the largest are warmed up first', () => {
    const sizes = RunSizes.on('cuda', 24);
    expect([1, 2, 3, 5, 9, 17, 24].map((pictures) => sizes.fit(pictures))).toEqual([1, 2, 4, 8, 16, 24, 24]);
    expect(sizes.toWarmUp).toEqual([1, 24, 2, 4, 8, 16]);
    expect(RunSizes.on('webgpu', 1).toWarmUp).toEqual([1]);
  });

  it('hold every batch, waste less than half, and were all warmed up', () => {
    fc.assert(
      fc.property(onGpu, fc.integer({ min: 1, max: 256 }), fc.nat(), (provider, maxBatch, any) => {
        const pictures = 1 + (any % maxBatch);
        const sizes = RunSizes.on(provider, maxBatch);
        const size = sizes.fit(pictures);
        expect(size).toBeGreaterThanOrEqual(pictures);
        expect(size).toBeLessThanOrEqual(Math.min(maxBatch, 2 * pictures - 1));
        expect(sizes.toWarmUp).toContain(size);
      }),
    );
  });
});
