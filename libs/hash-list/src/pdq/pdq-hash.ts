import type { PerceptualHash, Pixels } from '#libs/domain';
import { lowFrequencies } from './frequencies.js';
import { luminanceGrid } from './luminance-grid.js';
import { gradientQuality } from './quality.js';

/** Smaller pictures have no hash: all bits 0, quality 0, as in the reference. */
const leastSide = 5;

/**
 * PDQ (Davis and Rosen, Facebook 2019): a 256-bit hash that near copies share but for a few bits, and its quality.
 * Follows the C++ reference (https://github.com/facebook/ThreatExchange/tree/main/pdq; algorithm in hashing.pdf
 * beside it), in double instead of single precision: on the same pixels bits may differ that lie within rounding of
 * the median. Synchronous, about a millisecond; see PdqHasher for a thread of its own.
 */
export const pdqHash = (pixels: Pixels): PerceptualHash => {
  if (pixels.width < leastSide || pixels.height < leastSide) return { pdq: '0'.repeat(64), quality: 0 };
  const grid = luminanceGrid(pixels);
  return { pdq: aboveMedian(lowFrequencies(grid)), quality: gradientQuality(grid) };
};

/** Bit 16 i + j says whether frequency (i, j) lies above the median; written with bit 255 first. */
const aboveMedian = (frequencies: Float64Array): string => {
  const median = Float64Array.from(frequencies).sort()[frequencies.length / 2 - 1]!;
  let hex = '';
  for (let nibble = frequencies.length / 4 - 1; nibble >= 0; nibble--) {
    let value = 0;
    for (let bit = 3; bit >= 0; bit--)
      value = (value << 1) | (frequencies[nibble * 4 + bit]! > median ? 1 : 0);
    hex += value.toString(16);
  }
  return hex;
};
