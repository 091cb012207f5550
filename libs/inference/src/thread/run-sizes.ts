import type { Provider } from './protocol.js';

/**
 * How many pictures the runs of a session have. A CPU takes any number. A GPU's provider pays for each number that it
 * meets for the first time: CUDA tries the algorithms of every convolution, TensorRT builds its engine anew, WebGPU
 * compiles its shaders. There, runs have 1, 2, 4, … or the most pictures, with places left unused.
 */
export class RunSizes {
  private constructor(
    /** ascending; undefined where any will do */
    private readonly sizes: readonly number[] | undefined,
    /**
     * In which order they are run first: the smallest, then the largest, which spans all that TensorRT has to expect,
     * and lets memory be taken once.
     */
    readonly toWarmUp: readonly number[],
  ) {}

  static on(provider: Provider, maxBatch: number): RunSizes {
    if (provider === 'cpu') return new RunSizes(undefined, [1]);
    const sizes: number[] = [];
    for (let size = 1; size < maxBatch; size *= 2) sizes.push(size);
    sizes.push(maxBatch);
    return new RunSizes(sizes, [...new Set([1, maxBatch, ...sizes])]);
  }

  /** How large the run must be that takes so many pictures, 1 to the most. */
  fit(pictures: number): number {
    return this.sizes?.find((size) => size >= pictures) ?? pictures;
  }
}
