import { describe, expect, it } from '@jest/globals';
import { discard } from './discard.js';

const megabyte = 1024 * 1024;

describe('Discarded pixels', () => {
  it('leave no memory behind, without a garbage collection', () => {
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 20; i++) {
      const pixels = new Uint8Array(10 * megabyte);
      discard(pixels);
      expect(pixels).toHaveLength(0);
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10 * megabyte);
  });

  it('may be discarded twice, and may be shared memory, which stays', () => {
    const pixels = new Uint8Array(8);
    discard(pixels);
    expect(() => discard(pixels)).not.toThrow();
    const shared = new Uint8Array(new SharedArrayBuffer(8));
    discard(shared);
    expect(shared).toHaveLength(8);
  });
});
