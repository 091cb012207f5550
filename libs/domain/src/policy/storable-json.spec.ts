import fc from 'fast-check';
import { unstorable } from './storable-json.js';

const nested = (depth: number): unknown => (depth === 0 ? 'end' : { a: nested(depth - 1) });

describe('What cannot be stored as JSON', () => {
  it('is no value of a few levels without NUL and without half characters', () => {
    const json = fc.jsonValue({ maxDepth: 5, stringUnit: 'grapheme' });
    fc.assert(
      fc.property(json, (value) => {
        fc.pre(!JSON.stringify(value).includes('\\u0000'));
        expect(unstorable(value)).toBeUndefined();
      }),
    );
  });

  it('is named with its place', () => {
    expect(unstorable({ a: ['b', 'c\0'] })?.path).toBe('a.1');
    expect(unstorable({ a: { 'b\0': 1 } })?.path).toBe('a');
    expect(unstorable({ a: 'half \ud83d' })?.path).toBe('a');
    for (const number of [NaN, Infinity, -Infinity])
      expect(unstorable({ review: [0, number] })?.path).toBe('review.1');
    expect(unstorable(nested(20))).toBeUndefined();
    expect(unstorable(nested(21))?.message).toContain('deeper');
    expect(unstorable(JSON.parse(`${'['.repeat(30_000)}${']'.repeat(30_000)}`))).toBeDefined();
  });
});
