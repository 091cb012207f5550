import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { gridSide, tentTaps } from './tent-filter.js';

/** The reference's way: two box filters over the whole dimension, then the samples. */
const boxTwiceAndSample = (input: number[]): number[] => {
  const window = Math.ceil(input.length / (2 * gridSide));
  const right = Math.floor((window + 2) / 2);
  const box = (values: number[]): number[] =>
    values.map((_, at) => {
      const inside = values.slice(Math.max(0, at - (window - right)), at + right);
      return inside.reduce((sum, value) => sum + value, 0) / inside.length;
    });
  const blurred = box(box(input));
  return Array.from(
    { length: gridSide },
    (_, point) => blurred[Math.floor(((point + 0.5) * input.length) / gridSide)]!,
  );
};

describe('tentTaps', () => {
  it('gives what filtering everything and then sampling gives', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 5, maxLength: 600 }), (input) => {
        const { from, positions, weights } = tentTaps(input.length);
        const expected = boxTwiceAndSample(input);
        for (let point = 0; point < gridSide; point++) {
          let sum = 0;
          for (let tap = from[point]!; tap < from[point + 1]!; tap++)
            sum += weights[tap]! * input[positions[tap]!]!;
          expect(sum).toBeCloseTo(expected[point]!, 8);
        }
      }),
    );
  });
});
