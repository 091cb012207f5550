type Probabilities = Record<string, number>;

/** Largest difference of any label's probability. Both sides must have every label of `expected`. */
export const difference = (expected: Probabilities, found: Probabilities): number =>
  Math.max(...Object.entries(expected).map(([label, value]) => Math.abs(value - (found[label] ?? Infinity))));

export const topLabel = (probabilities: Probabilities): string =>
  Object.entries(probabilities).reduce((best, next) => (next[1] > best[1] ? next : best))[0];

/** Over pictures: share whose most probable label is the same, mean and maximum of the largest difference. */
export const summarise = (
  pairs: { expected: Probabilities; found: Probabilities }[],
): { topAgrees: number; meanDifference: number; largestDifference: number } => {
  const differences = pairs.map(({ expected, found }) => difference(expected, found));
  const agreeing = pairs.filter(({ expected, found }) => topLabel(expected) === topLabel(found));
  return {
    topAgrees: agreeing.length / pairs.length,
    meanDifference: differences.reduce((sum, each) => sum + each, 0) / pairs.length,
    largestDifference: Math.max(...differences),
  };
};
