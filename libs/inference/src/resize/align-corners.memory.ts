import type { Pixels } from '#libs/domain';
import { alignCornersWasm } from './align-corners.wasm.js';
import { compileKernel, instantiate, type KernelMemory } from './web-assembly.js';

interface Exports {
  memory: KernelMemory;
  /** see align-corners.wat */
  row(upper: number, lower: number, down: number, target: number, columns: number, end: number): void;
}

const kernel = compileKernel(alignCornersWasm);

const pageBytes = 65_536;
const columnBytes = 8;
/** The kernel may read 8 bytes where a row ends, and writes one too many there. */
const margin = 8;
/** For source rows: small enough for a core's own cache; wider pictures get more. */
const usualBytes = 131_072;

/**
 * The kernel and its memory: a table of columns, the output, and a stretch of source rows, one after another. Only
 * rows that are asked for are brought here, so the size hangs on the width of the widest picture, not on its area:
 * with sides up to 16384 two rows always fit the usual size.
 */
export class AlignCornersMemory {
  readonly #exports = instantiate<Exports>(kernel);
  readonly #outputAt: number;
  readonly #sourceAt: number;
  readonly #outputBytes: number;
  readonly #rowBytes: number;
  #bytes = new Uint8Array(this.#exports.memory.buffer);
  #columns = new DataView(this.#exports.memory.buffer);
  /** of the source rows in memory */
  #stride = 0;

  constructor(width: number, height: number) {
    this.#rowBytes = width * 3;
    this.#outputBytes = width * height * 3;
    this.#outputAt = width * columnBytes;
    this.#sourceAt = this.#outputAt + this.#outputBytes + margin;
    this.#reserve(usualBytes);
  }

  /** How many rows of a picture fit the present size. */
  capacity(sourceWidth: number): number {
    return Math.floor((this.#bytes.length - margin - this.#sourceAt) / (sourceWidth * 3));
  }

  /** An output column: its left neighbour in source pixels, weights in whole 1/2048. */
  setColumn(x: number, left: number, toLeft: number, toRight: number): void {
    const at = x * columnBytes;
    this.#columns.setUint32(at, left * 3, true);
    this.#columns.setInt16(at + 4, toLeft, true);
    this.#columns.setInt16(at + 6, toRight, true);
  }

  /** Brings rows `first` to `end - 1` here, in place of those that were here. */
  fetch({ data, width }: Pixels, first: number, end: number): void {
    this.#stride = width * 3;
    this.#reserve((end - first) * this.#stride);
    this.#bytes.set(data.subarray(first * this.#stride, end * this.#stride), this.#sourceAt);
  }

  /** Makes output row `y` of two fetched rows, counted from the first of them; `down` is the lower one's weight. */
  mix(upper: number, lower: number, down: number, y: number): void {
    this.#exports.row(
      this.#sourceAt + upper * this.#stride,
      this.#sourceAt + lower * this.#stride,
      down,
      this.#outputAt + y * this.#rowBytes,
      0,
      this.#outputAt,
    );
  }

  copyTo(target: Uint8Array, offset: number): void {
    target.set(this.#bytes.subarray(this.#outputAt, this.#outputAt + this.#outputBytes), offset);
  }

  /** @throws RangeError when the system has no more memory */
  #reserve(sourceBytes: number): void {
    const missing = this.#sourceAt + sourceBytes + margin - this.#bytes.length;
    if (missing <= 0) return;
    const { memory } = this.#exports;
    memory.grow(Math.ceil(missing / pageBytes));
    // growing detaches the views
    this.#bytes = new Uint8Array(memory.buffer);
    this.#columns = new DataView(memory.buffer);
  }
}
