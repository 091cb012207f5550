import type { Pixels } from '#libs/domain';
import { AntialiasedMemory } from './antialiased.memory.js';
import type { Resizer } from './resizer.js';
import { type Kernel, tapsFor } from './taps.js';

export { bicubic, type Kernel, triangle } from './taps.js';

/**
 * Separable resampling with the kernel stretched by the shrink factor, as Pillow's resize does it: columns first, then
 * rows, rounded to bytes after each. Averages over all the pixels it skips, so a decoder may shrink before it.
 *
 * Which pixels are mixed, and with which weights, is decided here; WebAssembly mixes them (antialiased.wat), to the
 * bit as JavaScript would, in a seventh of its time.
 */
export class AntialiasedResizer implements Resizer {
  readonly #memory: AntialiasedMemory;
  #laidOut: { width: number; height: number } | undefined;

  constructor(
    private readonly width: number,
    private readonly height: number,
    private readonly kernel: Kernel,
  ) {
    this.#memory = new AntialiasedMemory(width, height);
  }

  resize(source: Pixels, target: Uint8Array, offset: number): void {
    if (source.width === this.width && source.height === this.height) {
      target.set(source.data, offset);
      return;
    }
    this.#layOut(source);
    this.#memory.across(source);
    this.#memory.down(target, offset);
  }

  #layOut({ width, height }: Pixels): void {
    if (this.#laidOut?.width === width && this.#laidOut.height === height) return;
    this.#laidOut = undefined;
    const [horizontal, vertical] = [
      tapsFor(width, this.width, this.kernel),
      tapsFor(height, this.height, this.kernel),
    ];
    this.#memory.layOut({ width, height }, horizontal, vertical);
    this.#laidOut = { width, height };
  }
}
