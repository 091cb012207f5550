import type { ScoredCase } from './scored-case.js';

/**
 * Makes a function that gives the average precision Σ (R_k − R_{k−1})·P_k over the distinct scores (M. Zhu, 2004; no
 * interpolation, which would flatter) when each case counts as often as told. Sorted once, for many resamples.
 *
 * @returns NaN where no positive counts
 */
export const averagePrecisionBy = (cases: readonly ScoredCase[]): ((counts: Uint32Array) => number) => {
  const order = cases.map((_, index) => index).sort((a, b) => cases[b]!.score - cases[a]!.score);
  return (counts) => {
    let [truePositives, falsePositives, before, sum] = [0, 0, 0, 0];
    order.forEach((index, place) => {
      const { score, isPositive } = cases[index]!;
      if (isPositive) truePositives += counts[index]!;
      else falsePositives += counts[index]!;
      const next = order[place + 1];
      const isLastOfTie = next === undefined || cases[next]!.score !== score;
      if (!isLastOfTie || truePositives === before) return;
      sum += ((truePositives - before) * truePositives) / (truePositives + falsePositives);
      before = truePositives;
    });
    return truePositives === 0 ? NaN : sum / truePositives;
  };
};

export const averagePrecision = (cases: readonly ScoredCase[]): number =>
  averagePrecisionBy(cases)(new Uint32Array(cases.length).fill(1));
