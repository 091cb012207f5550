import type { Pixels } from '#libs/domain';
import type { Resizer } from './resizer.js';

/** A resampling kernel: its value at a distance, and the distance beyond which it is 0. */
export interface Kernel {
  support: number;
  at(distance: number): number;
}

export const triangle: Kernel = {
  support: 1,
  at: (x) => Math.max(0, 1 - Math.abs(x)),
};

/** Keys' cubic convolution with a = −0.5 (R. Keys, 1981), the one that Pillow calls BICUBIC. */
export const bicubic: Kernel = {
  support: 2,
  at: (distance) => {
    const x = Math.abs(distance);
    if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
    if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
    return 0;
  },
};

/** Weights in whole 2⁻²²: with bicubic's overshoot 255 times their sum still fits 31 bits. */
const bits = 22;
const half = 1 << (bits - 1);

/** Which source pixels an output pixel mixes: `first`, then `length` weights from `index * stride` on. */
interface Taps {
  first: Int32Array;
  length: Int32Array;
  weights: Int32Array;
  stride: number;
}

/**
 * Separable resampling with the kernel stretched by the shrink factor, as Pillow's resize does it: columns first, then
 * rows, rounded to bytes after each. Averages over all the pixels it skips, so a decoder may shrink before it.
 */
export class AntialiasedResizer implements Resizer {
  #rows = new Uint8Array(0);
  readonly #sums: Int32Array;
  #horizontal: { size: number; taps: Taps } | undefined;
  #vertical: { size: number; taps: Taps } | undefined;

  constructor(
    private readonly width: number,
    private readonly height: number,
    private readonly kernel: Kernel,
  ) {
    this.#sums = new Int32Array(width * 3);
  }

  resize(source: Pixels, target: Uint8Array, offset: number): void {
    if (source.width === this.width && source.height === this.height) {
      target.set(source.data, offset);
      return;
    }
    const size = source.height * this.width * 3;
    if (this.#rows.length < size) this.#rows = new Uint8Array(size);
    this.#shrinkRows(source);
    this.#shrinkColumns(source.height, target, offset);
  }

  #shrinkRows({ data, width, height }: Pixels): void {
    if (this.#horizontal?.size !== width) {
      this.#horizontal = { size: width, taps: tapsFor(width, this.width, this.kernel) };
    }
    const { first, length, weights, stride } = this.#horizontal.taps;
    const rows = this.#rows;
    let out = 0;
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < this.width; x += 1) {
        let red = half;
        let green = half;
        let blue = half;
        let from = (y * width + first[x]!) * 3;
        const start = x * stride;
        const end = start + length[x]!;
        for (let tap = start; tap < end; tap += 1, from += 3) {
          const weight = weights[tap]!;
          red = (red + data[from]! * weight) | 0;
          green = (green + data[from + 1]! * weight) | 0;
          blue = (blue + data[from + 2]! * weight) | 0;
        }
        rows[out] = clip(red >> bits);
        rows[out + 1] = clip(green >> bits);
        rows[out + 2] = clip(blue >> bits);
        out += 3;
      }
    }
  }

  #shrinkColumns(sourceHeight: number, target: Uint8Array, offset: number): void {
    if (this.#vertical?.size !== sourceHeight) {
      this.#vertical = { size: sourceHeight, taps: tapsFor(sourceHeight, this.height, this.kernel) };
    }
    const { first, length, weights, stride } = this.#vertical.taps;
    const rowBytes = this.width * 3;
    const sums = this.#sums;
    let out = offset;
    for (let y = 0; y < this.height; y += 1) {
      sums.fill(half);
      const start = y * stride;
      // row after row, so that memory is read in order
      for (let tap = 0; tap < length[y]!; tap += 1) {
        addRow(sums, this.#rows, (first[y]! + tap) * rowBytes, weights[start + tap]!);
      }
      for (let x = 0; x < rowBytes; x += 1) target[out + x] = clip(sums[x]! >> bits);
      out += rowBytes;
    }
  }
}

const addRow = (sums: Int32Array, rows: Uint8Array, from: number, weight: number): void => {
  for (let x = 0; x < sums.length; x += 1) sums[x] = sums[x]! + rows[from + x]! * weight;
};

const clip = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : value);

const tapsFor = (from: number, to: number, kernel: Kernel): Taps => {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const reach = kernel.support * stretch;
  const stride = Math.ceil(reach) * 2 + 1;
  const first = new Int32Array(to);
  const length = new Int32Array(to);
  const weights = new Int32Array(to * stride);
  for (let i = 0; i < to; i += 1) {
    const centre = (i + 0.5) * scale;
    const low = Math.max(Math.floor(centre - reach + 0.5), 0);
    const high = Math.min(Math.floor(centre + reach + 0.5), from);
    const values = Array.from({ length: high - low }, (_, k) =>
      kernel.at((low + k + 0.5 - centre) / stretch),
    );
    const sum = values.reduce((total, value) => total + value, 0);
    values.forEach((value, k) => {
      weights[i * stride + k] = Math.round((value / sum) * 2 ** bits);
    });
    first[i] = low;
    length[i] = high - low;
  }
  return { first, length, weights, stride };
};
