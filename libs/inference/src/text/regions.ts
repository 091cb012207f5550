import { convexHull } from './smallest-rectangle.js';
import type { Point } from './quadrilateral.js';

/** How probable it is for each pixel that it belongs to writing: rows from top to bottom. */
export interface ProbabilityMap {
  values: Float32Array;
  width: number;
  height: number;
}

/** Pixels that hang together. */
export interface Region {
  /** around the pixels' own corners, clockwise */
  hull: Point[];
  pixels: number;
  /** of its pixels */
  meanProbability: number;
}

/** Where a region stands in a row: from its first to its last pixel there. */
interface Span {
  first: number;
  last: number;
}

/**
 * The regions of pixels from `atLeast` on that touch at sides or corners, found by flood filling.
 *
 * @param fewestPixels smaller regions are noise
 */
export const findRegions = (
  { values, width, height }: ProbabilityMap,
  { atLeast, fewestPixels }: { atLeast: number; fewestPixels: number },
): Region[] => {
  const isLeft = new Uint8Array(width * height);
  for (let at = 0; at < isLeft.length; at += 1) isLeft[at] = values[at]! >= atLeast ? 1 : 0;
  const regions: Region[] = [];
  for (let at = isLeft.indexOf(1); at >= 0; at = isLeft.indexOf(1, at + 1)) {
    const { spans, pixels, sum } = fill({ values, width, height }, isLeft, at);
    if (pixels >= fewestPixels) regions.push({ hull: hullOf(spans), pixels, meanProbability: sum / pixels });
  }
  return regions;
};

/** Takes the pixels of one region away. */
const fill = (
  { values, width, height }: ProbabilityMap,
  isLeft: Uint8Array,
  start: number,
): { spans: Map<number, Span>; pixels: number; sum: number } => {
  const spans = new Map<number, Span>();
  const waiting = [start];
  let [pixels, sum] = [0, 0];
  isLeft[start] = 0;
  while (waiting.length > 0) {
    const at = waiting.pop()!;
    const [x, y] = [at % width, Math.floor(at / width)];
    pixels += 1;
    sum += values[at]!;
    widen(spans, x, y);
    for (let row = Math.max(y - 1, 0); row <= Math.min(y + 1, height - 1); row += 1) {
      for (let column = Math.max(x - 1, 0); column <= Math.min(x + 1, width - 1); column += 1) {
        const next = row * width + column;
        if (isLeft[next] === 0) continue;
        isLeft[next] = 0;
        waiting.push(next);
      }
    }
  }
  return { spans, pixels, sum };
};

const widen = (spans: Map<number, Span>, x: number, y: number): void => {
  const span = spans.get(y);
  if (!span) {
    spans.set(y, { first: x, last: x });
    return;
  }
  if (x < span.first) span.first = x;
  if (x > span.last) span.last = x;
};

/** The ends of the rows are enough: no other pixel can be a corner of the hull. */
const hullOf = (spans: Map<number, Span>): Point[] =>
  convexHull(
    [...spans].flatMap(([y, { first, last }]) => [
      { x: first, y },
      { x: first, y: y + 1 },
      { x: last + 1, y },
      { x: last + 1, y: y + 1 },
    ]),
  );
