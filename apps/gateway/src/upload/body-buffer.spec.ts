import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BodyBuffer } from './body-buffer.js';

describe('A body as it arrives', () => {
  it('is its chunks in order, whatever length was announced', () => {
    const chunk = fc.uint8Array({ minLength: 0, maxLength: 50 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.array(chunk), fc.integer({ min: 0, max: 500 }), (chunks, announced) => {
        const body = new BodyBuffer(announced);
        for (const each of chunks) body.append(each);
        const whole = Buffer.concat(chunks);
        expect(body.length).toBe(whole.length);
        expect(body.finish().equals(whole)).toBe(true);
      }),
    );
  });

  it('takes no memory for an announcement of many bytes', () => {
    const before = process.memoryUsage().arrayBuffers;
    const bodies = Array.from({ length: 100 }, () => new BodyBuffer(20 * 1024 * 1024));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
    expect(bodies).toHaveLength(100);
  });
});
