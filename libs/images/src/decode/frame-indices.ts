/**
 * Which frames of an animation are looked at: first, last, and evenly spaced ones between, without repetition.
 * @param frames ≥ 1
 * @param sampled how many at most, ≥ 1; with 1 only the first
 */
export const frameIndices = (frames: number, sampled: number): number[] => {
  const count = Math.max(1, Math.min(frames, sampled));
  if (count === 1) return [0];
  return Array.from({ length: count }, (_, index) => Math.round((index * (frames - 1)) / (count - 1)));
};
