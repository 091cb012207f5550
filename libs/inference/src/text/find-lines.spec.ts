import { describe, expect, it } from '@jest/globals';
import { findLines } from './find-lines.js';
import type { Quadrilateral } from './quadrilateral.js';
import type { ProbabilityMap } from './regions.js';

const settings = { pixelProbability: 0.3, regionProbability: 0.6, growth: 1.5 };

/** A map that says 0.9, or what is given, where the drawing has a mark. */
const mapOf = (rows: string[], probability = 0.9): ProbabilityMap => ({
  values: Float32Array.from(rows.join(''), (mark) => (mark === '.' ? 0.1 : probability)),
  width: rows[0]!.length,
  height: rows.length,
});

describe('Lines in a probability map', () => {
  it('are rectangles around the pixels, grown by their area through their perimeter', () => {
    const rows = [
      '............',
      '..########..',
      '..########..',
      '..########..',
      '..########..',
      '............',
    ];
    // 8 x 4 pixels grow by 32 / 24 · 1.5 = 2 on each side
    expect(findLines(mapOf(rows), settings)).toEqual([
      [
        { x: 0, y: -1 },
        { x: 12, y: -1 },
        { x: 12, y: 7 },
        { x: 0, y: 7 },
      ],
    ]);
  });

  it('are told apart by what lies between, and held together by corners', () => {
    const apart = ['###.####', '###.####', '###.####'];
    const together = ['###.....', '###.....', '###.....', '...#####', '...#####', '...#####'];
    expect(findLines(mapOf(apart), settings)).toHaveLength(2);
    expect(findLines(mapOf(together), settings)).toHaveLength(1);
  });

  it('follow writing that stands askew', () => {
    const rows = Array.from({ length: 40 }, (_, y) =>
      Array.from({ length: 80 }, (_x, x) =>
        Math.abs(y - 10 - x / 4) < 3 && x > 5 && x < 75 ? '#' : '.',
      ).join(''),
    );
    const [[a, b]] = findLines(mapOf(rows), settings) as [Quadrilateral];
    expect((b.y - a.y) / (b.x - a.x)).toBeCloseTo(1 / 4, 1);
  });

  it.each([
    ['specks', mapOf(['........', '..##....', '..##....', '........'])],
    ['strokes too thin for letters', mapOf(['........', '########', '........', '........'])],
    ['regions that are not sure enough as a whole', mapOf(['.####.', '.####.', '.####.'], 0.5)],
    ['nothing', mapOf(['....', '....'])],
  ])('are not %s', (_case, map) => {
    expect(findLines(map, settings)).toEqual([]);
  });
});
