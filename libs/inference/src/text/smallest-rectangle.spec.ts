import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { distance, grown, type Point, type Quadrilateral, turned } from './quadrilateral.js';
import { convexHull, smallestRectangle } from './smallest-rectangle.js';

const pointArbitrary = fc.record({ x: fc.integer({ min: 0, max: 60 }), y: fc.integer({ min: 0, max: 60 }) });
const rounded = (corners: Quadrilateral): number[][] =>
  corners.map(({ x, y }) => [Math.round(x * 1e6) / 1e6, Math.round(y * 1e6) / 1e6]);

/** A rectangle whose first corner is given, turned about it. */
const rectangle = (from: Point, width: number, height: number, degrees: number): Quadrilateral => {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const at = (x: number, y: number): Point => ({
    x: from.x + x * cos - y * sin,
    y: from.y + x * sin + y * cos,
  });
  return [at(0, 0), at(width, 0), at(width, height), at(0, height)];
};

const isInside = ([a, b, , d]: Quadrilateral, { x, y }: Point): boolean => {
  const along = ((x - a.x) * (b.x - a.x) + (y - a.y) * (b.y - a.y)) / distance(a, b) ** 2;
  const down = ((x - a.x) * (d.x - a.x) + (y - a.y) * (d.y - a.y)) / distance(a, d) ** 2;
  return [along, down].every((share) => share > -1e-6 && share < 1 + 1e-6);
};

describe('The smallest rectangle', () => {
  it.each([0, 7, -15, 30, 44, -44])('of a rectangle that stands %s° askew is itself', (degrees) => {
    const corners = rectangle({ x: 20, y: 30 }, 40, 6, degrees);
    expect(rounded(smallestRectangle(convexHull(corners)))).toEqual(rounded(corners));
  });

  it('names its corners from the side on that is nearest to level', () => {
    const corners = rectangle({ x: 20, y: 30 }, 40, 6, 60);
    expect(rounded(smallestRectangle(convexHull(corners)))).toEqual(rounded(turned(corners, 3)));
  });

  it('holds every point, and is no larger than the upright one', () => {
    fc.assert(
      fc.property(fc.array(pointArbitrary, { minLength: 3, maxLength: 40 }), (points) => {
        const corners = smallestRectangle(convexHull(points));
        const [a, b, , d] = corners;
        const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
        const [width, height] = [Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys)];
        expect(distance(a, b) * distance(a, d)).toBeLessThanOrEqual(width * height + 1e-6);
        if (distance(a, b) > 1 && distance(a, d) > 1)
          expect(points.every((point) => isInside(corners, point))).toBe(true);
      }),
    );
  });

  it('grows on every side, along its own sides', () => {
    const corners = rectangle({ x: 20, y: 30 }, 40, 6, 25);
    const [a, b, c, d] = grown(corners, 2);
    expect([distance(a, b), distance(b, c), distance(a, d)]).toEqual(
      [44, 10, 10].map((side) => expect.closeTo(side, 6)),
    );
    expect(distance(a, corners[0])).toBeCloseTo(Math.hypot(2, 2), 6);
  });
});
