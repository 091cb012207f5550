import { z } from 'zod';

/** In order of severity: a later one overrules an earlier one. */
export const verdicts = ['allow', 'review', 'block'] as const;
export const verdictSchema = z.enum(verdicts);
export type Verdict = z.infer<typeof verdictSchema>;

/** 0 for allow, 1 for review, 2 for block. */
export const severity = (verdict: Verdict): number => verdicts.indexOf(verdict);

export const moreSevere = (a: Verdict, b: Verdict): Verdict => (severity(a) >= severity(b) ? a : b);

/** The most severe of all; `allow` when there is none. */
export const mostSevere = (all: Iterable<Verdict>): Verdict => {
  let worst: Verdict = 'allow';
  for (const verdict of all) worst = moreSevere(worst, verdict);
  return worst;
};
