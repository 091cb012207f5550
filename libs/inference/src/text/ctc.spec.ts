import { describe, expect, it } from '@jest/globals';
import { decode } from './ctc.js';

const alphabet = ['', 'a', 'b', ' '];
/** Columns in which one class has a probability, and the others share the rest. */
const columns = (...found: [index: number, probability: number][]): Float32Array =>
  Float32Array.from(
    found.flatMap(([index, probability]) =>
      alphabet.map((_, at) => (at === index ? probability : (1 - probability) / (alphabet.length - 1))),
    ),
  );

describe('Decoding', () => {
  it('makes repeats one, keeps those with a blank between them, and leaves blanks out', () => {
    const { text } = decode(
      columns([0, 1], [1, 1], [1, 1], [0, 1], [1, 1], [3, 1], [2, 1], [0, 1]),
      alphabet,
    );
    expect(text).toBe('aa b');
  });

  it('is as sure as its characters are on average, whatever the blanks say', () => {
    const { confidence } = decode(columns([0, 0.99], [1, 0.9], [1, 0.99], [0, 0.99], [2, 0.7]), alphabet);
    expect(confidence).toBeCloseTo(0.8, 6);
  });

  it('of nothing is nothing, and sure of nothing', () => {
    expect(decode(columns([0, 0.99], [0, 0.99]), alphabet)).toEqual({ text: '', confidence: 0 });
    expect(decode(new Float32Array(0), alphabet)).toEqual({ text: '', confidence: 0 });
  });
});
