import type { Pixels } from '#libs/domain';

/** One byte a pixel, rows top to bottom. */
export interface Luminance {
  data: Uint8Array;
  width: number;
  height: number;
}

/** ITU-R BT.601 in 1024ths, as zxing-cpp weighs them. */
const redWeight = 306;
const greenWeight = 601;
const blueWeight = 117;

export const luminanceOf = ({ data, width, height }: Pixels): Luminance => {
  const grey = new Uint8Array(width * height);
  for (let pixel = 0, at = 0; pixel < grey.length; pixel++, at += 3)
    grey[pixel] =
      (redWeight * data[at]! + greenWeight * data[at + 1]! + blueWeight * data[at + 2]! + 512) >> 10;
  return { data: grey, width, height };
};

/** Twice as wide and as high, with the values between drawn in straight lines; the outermost pixels are repeated. */
export const doubled = ({ data, width, height }: Luminance): Luminance => {
  const twice = new Uint8Array(4 * width * height);
  for (let y = 0, at = 0; y < 2 * height; y++) {
    // a pixel's two halves lie a quarter to either side of its middle
    const row = (y >> 1) * width;
    const other = Math.min(height - 1, Math.max(0, (y >> 1) + ((y & 1) === 1 ? 1 : -1))) * width;
    for (let x = 0; x < 2 * width; x++, at++) {
      const column = x >> 1;
      const beside = Math.min(width - 1, Math.max(0, column + ((x & 1) === 1 ? 1 : -1)));
      const near = 3 * data[row + column]! + data[row + beside]!;
      const far = 3 * data[other + column]! + data[other + beside]!;
      twice[at] = (3 * near + far + 8) >> 4;
    }
  }
  return { data: twice, width: 2 * width, height: 2 * height };
};
