import { gridSide } from './tent-filter.js';

/** 16x16 frequencies make 256 bits. */
export const frequencySide = 16;

/** Rows 1–16 of the 64-point DCT-II matrix; row 0, the mean, says nothing of the picture's structure. */
const dctRows = ((): Float64Array => {
  const rows = new Float64Array(frequencySide * gridSide);
  const scale = Math.sqrt(2 / gridSide);
  for (let i = 0; i < frequencySide; i++)
    for (let j = 0; j < gridSide; j++)
      rows[i * gridSide + j] = scale * Math.cos((Math.PI / (2 * gridSide)) * (i + 1) * (2 * j + 1));
  return rows;
})();

/**
 * The lowest 16x16 frequencies of a 64x64 grid, without the means: D · grid · Dᵀ, row-major.
 * Source: hashing.pdf in facebook/ThreatExchange, after Zauner 2010, "Implementation and Benchmarking of Perceptual
 * Image Hash Functions".
 */
export const lowFrequencies = (grid: Float64Array): Float64Array => {
  const half = new Float64Array(frequencySide * gridSide);
  for (let i = 0; i < frequencySide; i++)
    for (let k = 0; k < gridSide; k++) {
      const weight = dctRows[i * gridSide + k]!;
      for (let j = 0; j < gridSide; j++) half[i * gridSide + j]! += weight * grid[k * gridSide + j]!;
    }
  const frequencies = new Float64Array(frequencySide * frequencySide);
  for (let i = 0; i < frequencySide; i++)
    for (let j = 0; j < frequencySide; j++) {
      let sum = 0;
      for (let k = 0; k < gridSide; k++) sum += half[i * gridSide + k]! * dctRows[j * gridSide + k]!;
      frequencies[i * frequencySide + j] = sum;
    }
  return frequencies;
};
