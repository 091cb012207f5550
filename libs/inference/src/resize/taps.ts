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

/** Which source pixels an output pixel mixes: `first`, and those after it, each with its weight. */
export interface Taps {
  first: number;
  weights: Int32Array;
}

/** The taps of each output pixel along one axis, the kernel stretched by the shrink factor. */
export const tapsFor = (from: number, to: number, kernel: Kernel): Taps[] => {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const reach = kernel.support * stretch;
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(Math.floor(centre - reach + 0.5), 0);
    const end = Math.min(Math.floor(centre + reach + 0.5), from);
    const values = Array.from({ length: end - first }, (__, k) =>
      kernel.at((first + k + 0.5 - centre) / stretch),
    );
    const sum = values.reduce((total, value) => total + value, 0);
    return { first, weights: Int32Array.from(values, (value) => Math.round((value / sum) * 2 ** bits)) };
  });
};
