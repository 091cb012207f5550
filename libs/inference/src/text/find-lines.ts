import type { DetectionSettings } from '../packs/text-manifest.js';
import { distance, grown, type Quadrilateral } from './quadrilateral.js';
import { findRegions, type ProbabilityMap } from './regions.js';
import { smallestRectangle } from './smallest-rectangle.js';

/** Regions less wide or high than this are specks, in pixels of the map. */
const leastSide = 3;

/**
 * The lines of writing in a probability map, as Differentiable Binarization reads it (Liao and others, 2020): regions
 * of probable pixels, which are kept when they are probable as a whole, and the smallest rectangle around each, which
 * grows, since the graph was taught to find writing shrunk. How probable a rectangle is would be the wrong question:
 * beside wavy or askew regions it holds much that is no writing.
 *
 * @returns rectangles in pixels of the map, clockwise, the first side the one nearest to level; they may reach beyond it
 */
export const findLines = (
  map: ProbabilityMap,
  {
    pixelProbability,
    regionProbability,
    growth,
  }: Pick<DetectionSettings, 'pixelProbability' | 'regionProbability' | 'growth'>,
): Quadrilateral[] => {
  const regions = findRegions(map, { atLeast: pixelProbability, fewestPixels: leastSide * leastSide });
  return regions
    .filter(({ meanProbability }) => meanProbability >= regionProbability)
    .map(({ hull }) => smallestRectangle(hull))
    .filter(([a, b, , d]) => Math.min(distance(a, b), distance(a, d)) >= leastSide)
    .map((corners) => grown(corners, growthOf(corners) * growth));
};

/** Area by perimeter, in pixels. */
const growthOf = ([a, b, , d]: Quadrilateral): number => {
  const [width, height] = [distance(a, b), distance(a, d)];
  return (width * height) / (2 * (width + height));
};
