import type { Pixels } from '#libs/domain';
import type { Resizer } from './resizer.js';

/** Weights are whole 1/2048: 255 · 2048² still fits 31 bits, and the rounding stays below 1/8 of a grey level. */
const one = 2048;
const bits = 22;
const half = 1 << (bits - 1);

/**
 * TensorFlow 1's ResizeBilinear with align_corners, as TensorFlow.js does it
 * (tfjs-backend-cpu, kernels/ResizeBilinear): output i reads the source at i · (in − 1) / (out − 1) and mixes the two
 * neighbours, on both axes. No antialiasing: a large shrink skips pixels, which the nsfwjs models have learnt to
 * expect. Results are rounded to bytes.
 */
export class AlignCornersResizer implements Resizer {
  /** per output column: byte offset of the left neighbour, of the right one, weight of the right one */
  readonly #columns: Int32Array;
  #tabledWidth = 0;

  constructor(
    private readonly width: number,
    private readonly height: number,
  ) {
    this.#columns = new Int32Array(width * 3);
  }

  resize({ data, width, height }: Pixels, target: Uint8Array, offset: number): void {
    if (width === this.width && height === this.height) {
      target.set(data, offset);
      return;
    }
    this.#tabulate(width);
    const columns = this.#columns;
    const end = columns.length;
    const step = this.height > 1 ? (height - 1) / (this.height - 1) : 0;
    const stride = width * 3;
    let out = offset;
    for (let y = 0; y < this.height; y += 1) {
      const at = y * step;
      const upperRow = Math.min(Math.floor(at), height - 1);
      const upper = upperRow * stride;
      const lower = Math.min(upperRow + 1, height - 1) * stride;
      const down = Math.round((at - upperRow) * one);
      const up = one - down;
      for (let c = 0; c < end; c += 3) {
        const left = columns[c]!;
        const right = columns[c + 1]!;
        const toRight = columns[c + 2]!;
        const toLeft = one - toRight;
        // four products of weights, each ≤ 2²², shared by the three channels
        const ul = up * toLeft;
        const ur = up * toRight;
        const ll = down * toLeft;
        const lr = down * toRight;
        const a = upper + left;
        const b = upper + right;
        const d = lower + left;
        const e = lower + right;
        target[out] = (data[a]! * ul + data[b]! * ur + data[d]! * ll + data[e]! * lr + half) >> bits;
        target[out + 1] =
          (data[a + 1]! * ul + data[b + 1]! * ur + data[d + 1]! * ll + data[e + 1]! * lr + half) >> bits;
        target[out + 2] =
          (data[a + 2]! * ul + data[b + 2]! * ur + data[d + 2]! * ll + data[e + 2]! * lr + half) >> bits;
        out += 3;
      }
    }
  }

  #tabulate(sourceWidth: number): void {
    if (sourceWidth === this.#tabledWidth) return;
    this.#tabledWidth = sourceWidth;
    const step = this.width > 1 ? (sourceWidth - 1) / (this.width - 1) : 0;
    for (let x = 0; x < this.width; x += 1) {
      const at = x * step;
      const left = Math.min(Math.floor(at), sourceWidth - 1);
      this.#columns[x * 3] = left * 3;
      this.#columns[x * 3 + 1] = Math.min(left + 1, sourceWidth - 1) * 3;
      this.#columns[x * 3 + 2] = Math.round((at - left) * one);
    }
  }
}
