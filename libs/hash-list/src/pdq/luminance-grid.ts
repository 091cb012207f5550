import type { Pixels } from '#libs/domain';
import { gridSide, type Taps, tentTaps } from './tent-filter.js';

/** A picture with a longer side is sampled down to a square of this side first, as the reference does. */
const mostSide = 512;

/** ITU-R BT.601 luminance in thousandths, so that the hot loop adds whole numbers. */
const redWeight = 299;
const greenWeight = 587;
const blueWeight = 114;
const thousandth = 0.001;

/**
 * Blurred luminance, 0–255, on PDQ's 64x64 grid, row-major.
 *
 * Pictures with a side over 512 pixels count as the 512x512 squares that the reference (CImg's default resize, which
 * takes the nearest pixel) makes of them; only the pixels that reach the grid are read.
 */
export const luminanceGrid = ({ data, width, height }: Pixels): Float64Array => {
  const sampled = width > mostSide || height > mostSide;
  const columns = tentTaps(sampled ? mostSide : width);
  const rows = tentTaps(sampled ? mostSide : height);
  const byteOffsets = columns.positions.map((x) => 3 * sourceOf(x, width, sampled));
  const rowBytes = width * 3;

  const grid = new Float64Array(gridSide * gridSide);
  const line = new Float64Array(gridSide);
  let lineOf = -1;
  for (let point = 0; point < gridSide; point++) {
    for (let tap = rows.from[point]!; tap < rows.from[point + 1]!; tap++) {
      const y = sourceOf(rows.positions[tap]!, height, sampled);
      // Neighbouring grid points may share rows, and an enlarged dimension repeats them.
      if (y !== lineOf) blurLine(data, y * rowBytes, byteOffsets, columns, line);
      lineOf = y;
      addScaled(grid, point * gridSide, line, rows.weights[tap]!);
    }
  }
  return grid;
};

const sourceOf = (at: number, length: number, sampled: boolean): number =>
  sampled ? Math.floor((at * length) / mostSide) : at;

/** One row of the picture, blurred and sampled at the 64 columns of the grid. The hot loop. */
const blurLine = (
  data: Uint8Array,
  rowStart: number,
  byteOffsets: Int32Array,
  { from, weights }: Taps,
  line: Float64Array,
): void => {
  for (let point = 0; point < gridSide; point++) {
    const end = from[point + 1]!;
    let sum = 0;
    for (let tap = from[point]!; tap < end; tap++) {
      const at = rowStart + byteOffsets[tap]!;
      sum +=
        weights[tap]! * (redWeight * data[at]! + greenWeight * data[at + 1]! + blueWeight * data[at + 2]!);
    }
    line[point] = sum * thousandth;
  }
};

const addScaled = (into: Float64Array, start: number, line: Float64Array, scale: number): void => {
  for (let point = 0; point < gridSide; point++) into[start + point]! += scale * line[point]!;
};
