/** The reference shrinks to a 64x64 grid. */
export const gridSide = 64;

/**
 * The 1-D filter of one dimension as weighted taps: grid point `p` is the sum of `weights[k]` × input `[starts[p] + k]`
 * for k from `from[p]` (included) to `from[p + 1]` (not).
 */
export interface Taps {
  /** first tap of each grid point in `positions` and `weights`; one entry more than there are points */
  from: Int32Array;
  /** index in the input, 0 … length − 1 */
  positions: Int32Array;
  /** each point's weights sum to 1 */
  weights: Float64Array;
}

/**
 * PDQ's Jarosz filter along one dimension, sampled on the grid. The reference runs two box filters over every row and
 * column of the picture and then keeps 64x64 of the results. Filters along rows and along columns commute, and two
 * boxes are one tent, so it is enough to compute the tents under the grid points: the same numbers, up to rounding,
 * for a tenth of the work. At the edges a box averages what lies inside of the picture.
 *
 * Source: hashing.pdf and pdq/cpp/downscaling in facebook/ThreatExchange.
 * @param length pixels of the dimension, ≥ 1
 */
export const tentTaps = (length: number): Taps => {
  const window = Math.ceil(length / (2 * gridSide));
  const box = boxOf(window, length);
  const from = new Int32Array(gridSide + 1);
  const positions: number[] = [];
  const weights: number[] = [];
  for (let point = 0; point < gridSide; point++) {
    const centre = Math.floor(((point + 0.5) * length) / gridSide);
    const second = box(centre);
    const start = box(second.start).start;
    const tent = new Array<number>(box(second.end - 1).end - start).fill(0);
    for (let middle = second.start; middle < second.end; middle++) {
      const first = box(middle);
      const share = 1 / ((second.end - second.start) * (first.end - first.start));
      for (let at = first.start; at < first.end; at++) tent[at - start]! += share;
    }
    tent.forEach((weight, offset) => {
      positions.push(start + offset);
      weights.push(weight);
    });
    from[point + 1] = positions.length;
  }
  return { from, positions: Int32Array.from(positions), weights: Float64Array.from(weights) };
};

/** Which inputs the reference's box filter averages for one output; an even window reaches one further to the right. */
const boxOf =
  (window: number, length: number) =>
  (at: number): { start: number; end: number } => {
    const right = Math.floor((window + 2) / 2);
    return { start: Math.max(0, at - (window - right)), end: Math.min(length, at + right) };
  };
