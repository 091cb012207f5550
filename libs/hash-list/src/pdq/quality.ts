import { gridSide } from './tent-filter.js';

const most = 100;
/** The reference's heuristic: this many hundredths of full contrast make one point. */
const gradientPerPoint = 90;

/**
 * How much structure a picture has, 0–100: the sum of differences between neighbours on the grid, each in whole
 * hundredths of full contrast, so that noise does not count. Source: hashing.pdf in facebook/ThreatExchange.
 */
export const gradientQuality = (grid: Float64Array): number => {
  let sum = 0;
  for (let row = 0; row < gridSide; row++)
    for (let column = 0; column < gridSide; column++) {
      const at = row * gridSide + column;
      if (row + 1 < gridSide) sum += hundredths(grid[at]! - grid[at + gridSide]!);
      if (column + 1 < gridSide) sum += hundredths(grid[at]! - grid[at + 1]!);
    }
  return Math.min(most, Math.floor(sum / gradientPerPoint));
};

const hundredths = (difference: number): number => Math.floor((Math.abs(difference) * 100) / 255);
