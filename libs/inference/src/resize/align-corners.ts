import type { Pixels } from '#libs/domain';
import { AlignCornersMemory } from './align-corners.memory.js';
import type { Resizer } from './resizer.js';

/** Weights are whole 1/2048: 255 · 2048² still fits 31 bits, and the rounding stays below 1/8 of a grey level. */
const one = 2048;

/**
 * TensorFlow 1's ResizeBilinear with align_corners, as TensorFlow.js does it
 * (tfjs-backend-cpu, kernels/ResizeBilinear): output i reads the source at i · (in − 1) / (out − 1) and mixes the two
 * neighbours, on both axes. No antialiasing: a large shrink skips pixels, which the nsfwjs models have learnt to
 * expect. Results are rounded to bytes.
 *
 * Where to read and with which weights is decided here; the pixels are mixed by WebAssembly (align-corners.wat), which
 * takes an eighth of JavaScript's time for a picture of 500 x 375, a quarter for one of 1600 x 1200.
 */
export class AlignCornersResizer implements Resizer {
  readonly #memory: AlignCornersMemory;
  #tabledWidth = 0;

  constructor(
    private readonly width: number,
    private readonly height: number,
  ) {
    this.#memory = new AlignCornersMemory(width, height);
  }

  resize(source: Pixels, target: Uint8Array, offset: number): void {
    const { data, width, height } = source;
    if (width === this.width && height === this.height) {
      target.set(data, offset);
      return;
    }
    this.#tabulate(width);
    const memory = this.#memory;
    const step = stepOf(height, this.height);
    // below a step of two no row is skipped: as many are fetched at once as there is room for
    const stretch = step < 2 ? Math.max(2, memory.capacity(width)) : 2;
    let first = 0;
    let end = 0;
    for (let y = 0; y < this.height; y += 1) {
      const at = y * step;
      const upper = Math.min(Math.floor(at), height - 1);
      const lower = Math.min(upper + 1, height - 1);
      if (lower >= end) {
        first = upper;
        end = Math.min(upper + stretch, height);
        memory.fetch(source, first, end);
      }
      memory.mix(upper - first, lower - first, Math.round((at - upper) * one), y);
    }
    memory.copyTo(target, offset);
  }

  #tabulate(sourceWidth: number): void {
    if (sourceWidth === this.#tabledWidth) return;
    this.#tabledWidth = sourceWidth;
    const step = stepOf(sourceWidth, this.width);
    for (let x = 0; x < this.width; x += 1) {
      const at = x * step;
      const left = Math.min(Math.floor(at), sourceWidth - 1);
      const toRight = Math.round((at - left) * one);
      this.#memory.setColumn(x, left, one - toRight, toRight);
    }
  }
}

/** How far apart, in source pixels, two neighbours of the output lie. */
const stepOf = (from: number, to: number): number => (to > 1 ? (from - 1) / (to - 1) : 0);
