import type { TextManifest } from '../packs/text-manifest.js';
import type { Size } from './detection-input.js';
import { distance, type Quadrilateral, turned } from './quadrilateral.js';
import type { TextLine } from './text-line.js';

/** A line that is so much higher than wide runs down, or up. */
const uprightFrom = 1.5;

/**
 * A rectangle from the corner on that is its writing's own top left, for all that its shape can say: writing runs to
 * the right, or down where the rectangle stands. Whether it stands on its head remains open.
 *
 * @param corners clockwise, the first side the one nearest to level
 */
export const asRead = (corners: Quadrilateral): Quadrilateral =>
  distance(corners[0], corners[3]) >= uprightFrom * distance(corners[0], corners[1])
    ? turned(corners, 1)
    : corners;

/** How many pixels wide a line is once it is `height` pixels high. */
export const widthAt = (
  height: number,
  [a, b, , d]: Quadrilateral,
  { longestLine }: { longestLine: number },
): number => Math.min(Math.max(Math.round((height * distance(a, b)) / distance(a, d)), 1), longestLine);

/** Which lines are read, the largest writing first, and which are too many. */
export const planLines = (
  lines: readonly Quadrilateral[],
  { limits, recognition }: Pick<TextManifest, 'limits' | 'recognition'>,
): { read: Quadrilateral[]; leftOut: Quadrilateral[] } => {
  const largestFirst = [...lines].sort((one, other) => heightOf(other) - heightOf(one));
  const read: Quadrilateral[] = [];
  const leftOut: Quadrilateral[] = [];
  let length = 0;
  for (const line of largestFirst) {
    const width = widthAt(recognition.height, line, recognition);
    const fits = read.length < limits.mostLines && length + width <= limits.longestText;
    (fits ? read : leftOut).push(line);
    if (fits) length += width;
  }
  return { read, leftOut };
};

/** In shares of the picture, which writing at its edge may grow beyond. */
export const boxOf = (corners: Quadrilateral, { width, height }: Size): TextLine['box'] =>
  corners.map(({ x, y }) => [share(x / width), share(y / height)]) as TextLine['box'];

/** From top to bottom; what stands side by side from left to right. */
export const inReadingOrder = <Line extends { corners: Quadrilateral }>(lines: readonly Line[]): Line[] => {
  const rows: Line[][] = [];
  for (const line of [...lines].sort((one, other) => middleOf(one).y - middleOf(other).y)) {
    const row = rows.at(-1);
    const above = row?.[0];
    if (above && middleOf(line).y - middleOf(above).y < heightOf(above.corners) / 2) row.push(line);
    else rows.push([line]);
  }
  return rows.flatMap((row) => row.sort((one, other) => middleOf(one).x - middleOf(other).x));
};

const middleOf = ({ corners: [a, , c] }: { corners: Quadrilateral }): { x: number; y: number } => ({
  x: (a.x + c.x) / 2,
  y: (a.y + c.y) / 2,
});

const heightOf = ([a, , , d]: Quadrilateral): number => distance(a, d);

const share = (value: number): number => Math.min(Math.max(value, 0), 1);
