import { describe, expect, it } from '@jest/globals';
import type { Corner } from '#libs/domain';
import { mostLines, passagesOf } from './reading-order.js';
import type { TextLine } from './text-reader.js';

const size = { width: 1000, height: 500 };

/** A line of 40 pixels' height, unless said otherwise, in pixels; turned about the picture's top left. */
const line = (text: string, left: number, top: number, width: number, height = 40, degrees = 0): TextLine => {
  const turn = (degrees * Math.PI) / 180;
  const corner = (x: number, y: number): Corner => [
    (x * Math.cos(turn) - y * Math.sin(turn)) / size.width,
    (x * Math.sin(turn) + y * Math.cos(turn)) / size.height,
  ];
  return {
    text,
    confidence: 1,
    box: [
      corner(left, top),
      corner(left + width, top),
      corner(left + width, top + height),
      corner(left, top + height),
    ],
  };
};

const texts = (...lines: TextLine[]): string[] => passagesOf(lines, size).map(({ text }) => text);

describe('lines of a picture', () => {
  it('are one text where they stand below each other, from top to bottom', () => {
    expect(texts(line('gmail.com', 100, 150, 300), line('joe@', 120, 100, 200))).toEqual(['joe@\ngmail.com']);
  });

  it('are one row where they stand beside each other, from left to right', () => {
    expect(texts(line('555-2671', 360, 104, 200), line('(415)', 200, 100, 100))).toEqual(['(415) 555-2671']);
  });

  it('stay apart where there is room between them, or the writing has another size', () => {
    expect(texts(line('a', 100, 100, 100), line('b', 100, 200, 100))).toHaveLength(2);
    expect(texts(line('a', 100, 100, 100), line('b', 400, 100, 100))).toHaveLength(2);
    expect(texts(line('a', 100, 100, 100, 90), line('b', 100, 195, 100, 40))).toHaveLength(2);
    expect(texts(line('a', 100, 100, 100), line('b', 300, 145, 100))).toHaveLength(2);
  });

  it.each([-10, 10])('have rows also where the writing is tilted by %d degrees', (degrees) => {
    const rows = [line('one', 200, 250, 150, 40, degrees), line('two', 370, 250, 150, 40, degrees)];
    const below = line('three', 200, 300, 320, 40, degrees);
    expect(texts(below, ...rows.reverse())).toEqual(['one two\nthree']);
  });

  it('stand alone where nobody knows their place', () => {
    expect(texts({ text: 'a', confidence: 1, box: undefined }, line('b', 0, 0, 100))).toEqual(['b', 'a']);
  });

  it('tell where each character is from', () => {
    const [passage] = passagesOf([line('ab', 100, 100, 100), line('cd', 100, 150, 100)], size);
    expect(passage!.lineAt).toEqual([0, 0, 1, 1, 1]);
    expect(passage!.lines.map(({ text }) => text)).toEqual(['ab', 'cd']);
  });

  it('are looked at up to a number, and in passages of bounded length', () => {
    const many = Array.from({ length: mostLines + 50 }, (_, row) => line('x'.repeat(290), 0, row, 300, 1));
    const passages = passagesOf(many, size);
    expect(passages.flatMap(({ lines }) => lines)).toHaveLength(mostLines);
    expect(Math.max(...passages.map(({ text }) => text.length))).toBeLessThan(2_400);
  });
});
