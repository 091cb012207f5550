import type { Point, Quadrilateral } from './quadrilateral.js';

/** The convex hull by Andrew's monotone chain (1979), clockwise as seen with y downwards. */
export const convexHull = (points: readonly Point[]): Point[] => {
  const sorted = [...points].sort((a, b) => a.x - b.x || a.y - b.y);
  if (sorted.length < 3) return sorted;
  const half = (given: readonly Point[]): Point[] => {
    const chain: Point[] = [];
    for (const point of given) {
      while (chain.length > 1 && cross(chain.at(-2)!, chain.at(-1)!, point) <= 0) chain.pop();
      chain.push(point);
    }
    return chain.slice(0, -1);
  };
  return [...half(sorted), ...half(sorted.reverse())];
};

/**
 * The rectangle of the smallest area around a convex hull: one of its sides lies along a side of the hull (Freeman and
 * Shapira, 1975). Clockwise, from the corner on from which the first side leads to the right, at most 45° askew.
 */
export const smallestRectangle = (hull: readonly Point[]): Quadrilateral => {
  let best: { area: number; corners: Quadrilateral } | undefined;
  hull.forEach((from, at) => {
    const to = hull[(at + 1) % hull.length]!;
    const candidate = rectangleAlong(hull, Math.atan2(to.y - from.y, to.x - from.x));
    if (candidate.area < (best?.area ?? Infinity)) best = candidate;
  });
  return (best ?? rectangleAlong(hull, 0)).corners;
};

/** @param angle of one of the sides */
const rectangleAlong = (hull: readonly Point[], angle: number): { area: number; corners: Quadrilateral } => {
  // the same four sides, named so that the first is the one nearest to level
  const level = angle - Math.round(angle / (Math.PI / 2)) * (Math.PI / 2);
  const [cos, sin] = [Math.cos(level), Math.sin(level)];
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { x, y } of hull) {
    const along = x * cos + y * sin;
    const down = y * cos - x * sin;
    left = Math.min(left, along);
    right = Math.max(right, along);
    top = Math.min(top, down);
    bottom = Math.max(bottom, down);
  }
  const corner = (along: number, down: number): Point => ({
    x: along * cos - down * sin,
    y: along * sin + down * cos,
  });
  return {
    area: (right - left) * (bottom - top),
    corners: [corner(left, top), corner(right, top), corner(right, bottom), corner(left, bottom)],
  };
};

/** Positive when the way from `a` over `b` to `c` turns right, with y downwards. */
const cross = (a: Point, b: Point, c: Point): number => (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
