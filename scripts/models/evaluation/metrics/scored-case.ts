/** One picture in one category: what a pack said of it, and what is true. */
export interface ScoredCase {
  /** 0–1 */
  score: number;
  isPositive: boolean;
}

export interface Classes {
  positives: number;
  negatives: number;
}

export const classesOf = (cases: readonly ScoredCase[]): Classes => {
  const positives = cases.filter(({ isPositive }) => isPositive).length;
  return { positives, negatives: cases.length - positives };
};

/** From the highest score to the lowest; the given order is kept. */
export const byFallingScore = (cases: readonly ScoredCase[]): ScoredCase[] =>
  [...cases].sort((a, b) => b.score - a.score);
