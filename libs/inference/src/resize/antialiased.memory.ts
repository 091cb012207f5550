import type { Pixels } from '#libs/domain';
import { antialiasedWasm } from './antialiased.wasm.js';
import type { Taps } from './taps.js';
import { compileKernel, instantiate, type KernelMemory } from './web-assembly.js';

interface Exports {
  memory: KernelMemory;
  /** see antialiased.wat */
  across(source: number, target: number, columns: number, end: number): void;
  down(rows: number, stride: number, target: number, weights: number, end: number): void;
}

const kernel = compileKernel(antialiasedWasm);

const pageBytes = 65_536;
const columnBytes = 12;
const weightBytes = 4;
/** The kernel reads and writes up to 15 bytes behind what it is given. */
const margin = 16;
/** For source rows: small enough for a core's own cache; rows that are wider get more. */
const stretchBytes = 131_072;

/** Where the taps of one axis lie. */
interface Table {
  taps: readonly Taps[];
  /** address of each output pixel's first weight */
  weights: number[];
}

/**
 * The kernel and its memory: the output, the columns, the weights of both axes, a stretch of source rows, and the rows
 * that were resized across, waiting to be resized down. What hangs on a picture's size is laid out anew for another.
 */
export class AntialiasedMemory {
  readonly #exports = instantiate<Exports>(kernel);
  readonly #rowBytes: number;
  readonly #outputBytes: number;
  readonly #columnsAt: number;
  readonly #tablesAt: number;
  #bytes = new Uint8Array(this.#exports.memory.buffer);
  #numbers = new DataView(this.#exports.memory.buffer);
  #vertical: Table = { taps: [], weights: [] };
  #sourceAt = 0;
  #rowsAt = 0;

  constructor(
    private readonly width: number,
    height: number,
  ) {
    this.#rowBytes = width * 3;
    this.#outputBytes = this.#rowBytes * height;
    this.#columnsAt = aligned(this.#outputBytes + margin);
    this.#tablesAt = this.#columnsAt + width * columnBytes;
  }

  /**
   * Makes room for pictures of a size, and writes down how they are resized.
   *
   * @throws RangeError when the system has no more memory
   */
  layOut(
    source: { width: number; height: number },
    horizontal: readonly Taps[],
    vertical: readonly Taps[],
  ): void {
    const weightsOf = (taps: readonly Taps[]): number =>
      taps.reduce((sum, { weights }) => sum + weights.length, 0) * weightBytes;
    const verticalAt = this.#tablesAt + weightsOf(horizontal);
    this.#sourceAt = aligned(verticalAt + weightsOf(vertical));
    this.#rowsAt = aligned(this.#sourceAt + Math.max(stretchBytes, source.width * 3) + margin);
    this.#reserve(this.#rowsAt + source.height * this.#rowBytes + margin);
    const { weights } = this.#write(horizontal, this.#tablesAt);
    horizontal.forEach((taps, x) => {
      const at = this.#columnsAt + x * columnBytes;
      this.#numbers.setUint32(at, taps.first * 3, true);
      this.#numbers.setUint32(at + 4, weights[x]!, true);
      this.#numbers.setUint32(at + 8, weights[x]! + taps.weights.byteLength, true);
    });
    this.#vertical = this.#write(vertical, verticalAt);
  }

  /** All rows of the picture, resized across. */
  across({ data, width, height }: Pixels): void {
    const stride = width * 3;
    const stretch = Math.max(1, Math.floor(stretchBytes / stride));
    const columnsEnd = this.#columnsAt + this.width * columnBytes;
    for (let first = 0; first < height; first += stretch) {
      const end = Math.min(first + stretch, height);
      this.#bytes.set(data.subarray(first * stride, end * stride), this.#sourceAt);
      for (let y = first; y < end; y += 1) {
        const from = this.#sourceAt + (y - first) * stride;
        this.#exports.across(from, this.#rowsAt + y * this.#rowBytes, this.#columnsAt, columnsEnd);
      }
    }
  }

  /** The output's rows, of those that were resized across. */
  down(target: Uint8Array, offset: number): void {
    this.#vertical.taps.forEach(({ first, weights }, y) => {
      const at = this.#vertical.weights[y]!;
      const rows = this.#rowsAt + first * this.#rowBytes;
      this.#exports.down(rows, this.#rowBytes, y * this.#rowBytes, at, at + weights.byteLength);
    });
    target.set(this.#bytes.subarray(0, this.#outputBytes), offset);
  }

  #write(taps: readonly Taps[], from: number): Table {
    let at = from;
    const weights = taps.map((each) => {
      const first = at;
      for (const weight of each.weights) {
        this.#numbers.setInt32(at, weight, true);
        at += weightBytes;
      }
      return first;
    });
    return { taps, weights };
  }

  #reserve(bytes: number): void {
    const missing = bytes - this.#bytes.length;
    if (missing <= 0) return;
    const { memory } = this.#exports;
    memory.grow(Math.ceil(missing / pageBytes));
    // growing detaches the views
    this.#bytes = new Uint8Array(memory.buffer);
    this.#numbers = new DataView(memory.buffer);
  }
}

const aligned = (address: number): number => Math.ceil(address / margin) * margin;
