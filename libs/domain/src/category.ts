import { z } from 'zod';

/** What may be wrong, as `group/name`: `sexual/explicit`, `goods/firearm`. */
export const categorySchema = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]*\/[a-z][a-z0-9-]*$/,
    'a category is written group/name in lower case, e.g. sexual/explicit',
  );
export type Category = z.infer<typeof categorySchema>;

/** A category, or every category of a group: `goods/firearm`, `goods/*`. */
export const categoryPatternSchema = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]*\/([a-z][a-z0-9-]*|\*)$/,
    'a category or a whole group, e.g. goods/firearm or goods/*',
  );
export type CategoryPattern = z.infer<typeof categoryPatternSchema>;

export const matchesPattern = (category: Category, pattern: CategoryPattern): boolean =>
  pattern.endsWith('/*') ? category.startsWith(pattern.slice(0, -1)) : category === pattern;

/** Calibrated probability 0–1 of each category, by one or several models. */
export const scoresSchema = z.record(categorySchema, z.number().min(0).max(1));
export type Scores = z.infer<typeof scoresSchema>;

/**
 * Scores of several views, or of several models, as one: a picture is as bad in a category as the worst that any of
 * them says. What no probability can be (NaN) is kept, for `decide` to refuse.
 */
export const highestScores = (all: Iterable<Scores>): Scores => {
  const worst: Scores = {};
  for (const scores of all)
    for (const [category, score] of Object.entries(scores))
      worst[category] = Math.max(worst[category] ?? 0, score);
  return worst;
};
