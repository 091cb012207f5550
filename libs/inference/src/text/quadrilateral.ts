/** x to the right, y downwards, in pixels of whatever picture is spoken of. */
export interface Point {
  x: number;
  y: number;
}

/** Four corners of a rectangle that may stand askew, clockwise. */
export type Quadrilateral = [Point, Point, Point, Point];

export const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);

/** The same rectangle from another corner on: by one corner is a quarter turn of what stands in it. */
export const turned = ([a, b, c, d]: Quadrilateral, corners: 0 | 1 | 2 | 3): Quadrilateral => {
  switch (corners) {
    case 0:
      return [a, b, c, d];
    case 1:
      return [b, c, d, a];
    case 2:
      return [c, d, a, b];
    case 3:
      return [d, a, b, c];
  }
};

/** Moves every side of a rectangle outwards. */
export const grown = ([a, b, c, d]: Quadrilateral, by: number): Quadrilateral => {
  const along = direction(a, b);
  const down = direction(a, d);
  const moved = (corner: Point, right: number, below: number): Point => ({
    x: corner.x + by * (right * along.x + below * down.x),
    y: corner.y + by * (right * along.y + below * down.y),
  });
  return [moved(a, -1, -1), moved(b, 1, -1), moved(c, 1, 1), moved(d, -1, 1)];
};

export const scaled = (corners: Quadrilateral, x: number, y: number): Quadrilateral =>
  corners.map((corner) => ({ x: corner.x * x, y: corner.y * y })) as Quadrilateral;

const direction = (from: Point, to: Point): Point => {
  const length = distance(from, to) || 1;
  return { x: (to.x - from.x) / length, y: (to.y - from.y) / length };
};
