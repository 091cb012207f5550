/** As near to 0 and 1 as a logit is taken: single precision has no smaller step below 1. */
const edge = 2 ** -24;

export const logit = (share: number): number => {
  const kept = Math.min(1 - edge, Math.max(edge, share));
  return Math.log(kept / (1 - kept));
};

export const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
