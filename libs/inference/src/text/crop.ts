import type { Pixels } from '#libs/domain';
import { distance, type Quadrilateral } from './quadrilateral.js';

/** Most samples along a side of what becomes one pixel: writing 384 pixels high is read without gaps. */
const mostSamples = 8;

/** How PP-OCR's graphs want a line: planes blue, green, red, values −1 to 1. */
const valueOf = (byte: number): number => byte / 127.5 - 1;

/**
 * Writes the inside of a rectangle, set upright and brought to `width` x `height`, to planes of a tensor whose rows are
 * `stride` long; what lies beyond the picture is its edge. Where pixels are merged, several samples are averaged, so
 * that thin strokes do not fall between them.
 *
 * @param corners clockwise from the writing's own top left, in pixels of the picture
 * @param target 3 · height · stride values; those right of `width` are left as they are
 */
export const crop = (
  source: Pixels,
  corners: Quadrilateral,
  target: Float32Array,
  { width, height, stride }: { width: number; height: number; stride: number },
): void => {
  const [a, b, , d] = corners;
  const [acrossSamples, downSamples] = [
    samplesFor(distance(a, b) / width),
    samplesFor(distance(a, d) / height),
  ];
  const across = step(a, b, width * acrossSamples);
  const down = step(a, d, height * downSamples);
  const plane = height * stride;
  const share = 1 / (acrossSamples * downSamples);
  const sum: Sum = [0, 0, 0];
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      sum.fill(0);
      for (let i = 0; i < downSamples; i += 1) {
        const v = row * downSamples + i + 0.5;
        for (let j = 0; j < acrossSamples; j += 1) {
          const u = column * acrossSamples + j + 0.5;
          addSample(source, a.x + u * across.x + v * down.x, a.y + u * across.y + v * down.y, sum);
        }
      }
      const at = row * stride + column;
      target[at] = valueOf(sum[2] * share);
      target[at + plane] = valueOf(sum[1] * share);
      target[at + 2 * plane] = valueOf(sum[0] * share);
    }
  }
};

type Sum = [red: number, green: number, blue: number];

const samplesFor = (pixels: number): number => Math.min(Math.max(Math.ceil(pixels), 1), mostSamples);

const step = (from: { x: number; y: number }, to: { x: number; y: number }, parts: number) => ({
  x: (to.x - from.x) / parts,
  y: (to.y - from.y) / parts,
});

/** Adds what lies at a place, between the four pixels nearest to it. */
const addSample = ({ data, width, height }: Pixels, x: number, y: number, sum: Sum): void => {
  // a pixel's value stands at its centre
  const left = clamp(x - 0.5, width - 1);
  const top = clamp(y - 0.5, height - 1);
  const [column, row] = [Math.floor(left), Math.floor(top)];
  const [right, below] = [left - column, top - row];
  const at = (row * width + column) * 3;
  const next = column + 1 < width ? 3 : 0;
  const under = row + 1 < height ? width * 3 : 0;
  for (let channel = 0; channel < 3; channel += 1) {
    const from = at + channel;
    const upper = data[from]! * (1 - right) + data[from + next]! * right;
    const lower = data[from + under]! * (1 - right) + data[from + under + next]! * right;
    sum[channel]! += upper * (1 - below) + lower * below;
  }
};

const clamp = (value: number, largest: number): number => Math.min(Math.max(value, 0), largest);
