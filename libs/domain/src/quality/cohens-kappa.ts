import { type Estimate, normalQuantile } from './proportion.js';

/** How often two people gave which pair of verdicts. */
export interface Agreements {
  bothAllow: number;
  bothBlock: number;
  /** the first allowed, the second blocked */
  allowBlock: number;
  blockAllow: number;
}

/**
 * Agreement beyond chance, -1–1 (J. Cohen, "A Coefficient of Agreement for Nominal Scales", 1960), with the large-sample
 * interval of Fleiss, Cohen and Everitt ("Large sample standard errors of kappa and weighted kappa", 1969, equation 13).
 *
 * @returns undefined without any pair, and where chance alone would agree always (both gave one verdict only): then
 * kappa is 0/0
 */
export const cohensKappa = ({
  bothAllow,
  bothBlock,
  allowBlock,
  blockAllow,
}: Agreements): Estimate | undefined => {
  const total = bothAllow + bothBlock + allowBlock + blockAllow;
  if (total === 0) return undefined;
  const cells = [
    [bothAllow / total, allowBlock / total],
    [blockAllow / total, bothBlock / total],
  ] as const;
  const first = cells.map(([a, b]) => a + b);
  const second = [cells[0][0] + cells[1][0], cells[0][1] + cells[1][1]];
  const observed = cells[0][0] + cells[1][1];
  const expected = first[0]! * second[0]! + first[1]! * second[1]!;
  if (expected >= 1) return undefined;
  const value = (observed - expected) / (1 - expected);
  const half = normalQuantile * Math.sqrt(varianceOf(cells, first, second, value, expected) / total);
  return { value, lower: Math.max(-1, value - half), upper: Math.min(1, value + half) };
};

/** Times the number of pairs. */
const varianceOf = (
  cells: readonly (readonly [number, number])[],
  first: number[],
  second: number[],
  kappa: number,
  expected: number,
): number => {
  let agreeing = 0;
  let differing = 0;
  cells.forEach((row, i) =>
    row.forEach((share, j) => {
      if (i === j) agreeing += share * (1 - (first[i]! + second[i]!) * (1 - kappa)) ** 2;
      else differing += share * (second[i]! + first[j]!) ** 2;
    }),
  );
  const chance = (kappa - expected * (1 - kappa)) ** 2;
  return Math.max(0, agreeing + (1 - kappa) ** 2 * differing - chance) / (1 - expected) ** 2;
};
