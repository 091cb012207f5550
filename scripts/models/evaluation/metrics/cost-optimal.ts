import { asTheyCome, type ClassWeights, weightOf } from './class-weights.js';
import { byFallingScore, type ScoredCase } from './scored-case.js';

/** What one picture costs, in money: a benign one that is blocked, a bad one that is allowed, one that is looked at again. */
export interface MistakeCosts {
  falseAlarm: number;
  miss: number;
  review: number;
}

/** A score at or above a line has its verdict; null: no score does. review ≤ block where both are numbers. */
export interface Lines {
  review: number | null;
  block: number | null;
}

/**
 * The lines with the lowest cost on these cases. Whoever reviews is taken to be right. Blocking and reviewing are two
 * separate sums over the sorted scores, so the best pair is found in one pass (the sums' minima, review's not above
 * block's). A line lies half way between two neighbouring scores. With calibrated scores and no review the best line
 * tends to falseAlarm / (falseAlarm + miss) (C. Elkan, "The Foundations of Cost-Sensitive Learning", 2001).
 */
export const costOptimalLines = (
  cases: readonly ScoredCase[],
  costs: MistakeCosts,
  weights: ClassWeights = asTheyCome,
): Lines => {
  const sorted = byFallingScore(cases);
  // What blocking the first k saves over reviewing them, and what reviewing or blocking them saves over allowing them.
  let [blocking, reviewing] = [0, 0];
  let block = { sum: 0, count: 0 };
  let best = { sum: 0, review: 0, block: 0 };
  sorted.forEach((each, place) => {
    const weight = weightOf(each, weights);
    blocking += weight * ((each.isPositive ? 0 : costs.falseAlarm) - costs.review);
    reviewing += weight * (costs.review - (each.isPositive ? costs.miss : 0));
    if (sorted[place + 1]?.score === each.score) return;
    const count = place + 1;
    if (blocking < block.sum) block = { sum: blocking, count };
    if (reviewing + block.sum < best.sum)
      best = { sum: reviewing + block.sum, review: count, block: block.count };
  });
  const lines = { review: lineAfter(sorted, best.review), block: lineAfter(sorted, best.block) };
  // what is blocked at once never comes to a review
  return lines.review === lines.block ? { ...lines, review: null } : lines;
};

const lineAfter = (sorted: readonly ScoredCase[], count: number): number | null => {
  if (count === 0) return null;
  const [last, next] = [sorted[count - 1]!.score, sorted[count]?.score ?? 0];
  const middle = (last + next) / 2;
  return middle > next ? middle : last;
};

/** Mean cost of a picture under two lines. */
export const costUnder = (
  cases: readonly ScoredCase[],
  { review, block }: Lines,
  costs: MistakeCosts,
  weights: ClassWeights = asTheyCome,
): number => {
  let [sum, all] = [0, 0];
  for (const each of cases) {
    const weight = weightOf(each, weights);
    all += weight;
    if (block !== null && each.score >= block) sum += each.isPositive ? 0 : weight * costs.falseAlarm;
    else if (review !== null && each.score >= review) sum += weight * costs.review;
    else sum += each.isPositive ? weight * costs.miss : 0;
  }
  return sum / all;
};
