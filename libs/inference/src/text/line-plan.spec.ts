import { describe, expect, it } from '@jest/globals';
import { asRead, boxOf, inReadingOrder, planLines, widthAt } from './line-plan.js';
import { distance, type Quadrilateral } from './quadrilateral.js';

const line = (x: number, y: number, width: number, height: number): Quadrilateral => [
  { x, y },
  { x: x + width, y },
  { x: x + width, y: y + height },
  { x, y: y + height },
];
const manifest = {
  limits: { mostLines: 3, longestText: 1_000 },
  recognition: { height: 48, longestLine: 600 },
} as Parameters<typeof planLines>[1];

describe('A line', () => {
  it('is read along its longer side, downwards when it stands', () => {
    expect(asRead(line(0, 0, 50, 10))).toEqual(line(0, 0, 50, 10));
    const standing = asRead(line(0, 0, 10, 50));
    expect(standing[0]).toEqual({ x: 10, y: 0 });
    expect(distance(standing[0], standing[1])).toBe(50);
    // one letter, or two
    expect(asRead(line(0, 0, 10, 14))).toEqual(line(0, 0, 10, 14));
  });

  it('is as wide as its shape says, and squeezed when it is too long', () => {
    expect(widthAt(48, line(0, 0, 100, 10), { longestLine: 600 })).toBe(480);
    expect(widthAt(48, line(0, 0, 500, 10), { longestLine: 600 })).toBe(600);
    expect(widthAt(48, line(0, 0, 0.01, 10), { longestLine: 600 })).toBe(1);
  });

  it('has a box in shares, which ends where the picture does', () => {
    expect(boxOf(line(-5, 10, 60, 40), { width: 100, height: 40 })).toEqual([
      [0, 0.25],
      [0.55, 0.25],
      [0.55, 1],
      [0, 1],
    ]);
  });
});

describe('Lines', () => {
  it('beyond what one picture may cost are left out, the smallest writing first', () => {
    const [small, large, middle, long] = [
      line(0, 0, 50, 10),
      line(0, 20, 150, 30),
      line(0, 60, 100, 20),
      line(0, 90, 400, 15),
    ];
    const { read, leftOut } = planLines([small, large, middle, long], manifest);
    // 240 + 240 pixels, then 1280, squeezed to 600, would be too much
    expect(read).toEqual([large, middle, small]);
    expect(leftOut).toEqual([long]);
    const many = Array.from({ length: 5 }, (_, at) => line(0, at * 30, 20, 20 - at));
    expect(planLines(many, manifest)).toEqual({ read: many.slice(0, 3), leftOut: many.slice(3) });
  });

  it('follow each other from top to bottom, side by side from left to right', () => {
    const [right, below, left] = [line(60, 3, 40, 10), line(0, 20, 40, 10), line(0, 0, 40, 10)].map(
      (corners) => ({ corners }),
    );
    expect(inReadingOrder([right!, below!, left!])).toEqual([left, right, below]);
  });
});
