import type { Category, Scores } from '../category.js';
import type { PolicyRules } from '../policy/policy.js';
import { worstOf } from './route.js';

/** Where an audit sample seems to be in doubt, of some judged category. */
export interface SeemingDoubt {
  category: Category;
  score: number;
  threshold: number;
}

/** Scores that a policy puts in review: from its threshold for that to the one for a block. */
interface Band {
  from: number;
  to: number;
}

/** Where scores of contents in doubt mostly lie; the upper end also where nothing is blocked. */
const doubtfulScores: Band = { from: 0.3, to: 0.9 };

/**
 * As if the worst category of an audit sample had been in doubt, with a drawn score where its own is lower: who decides
 * shall not know that the machines saw nothing in it. Only a category that the policy reviews can be in doubt, and none
 * below its threshold: anything else would tell. Undefined where nothing was judged.
 * @param draw in [0, 1), always the same for the same content
 * @param rules by which the content was judged; undefined where they are not known any more
 */
export const seemingDoubt = (
  scores: Scores,
  draw: number,
  rules: PolicyRules | undefined,
): SeemingDoubt | undefined => {
  const judged = Object.keys(scores);
  const reviewed = judged.filter((category) => bandOf(category, rules) !== undefined);
  const category = worstOf(reviewed.length > 0 ? reviewed : judged, scores);
  if (category === undefined) return undefined;
  const { from, to } = bandOf(category, rules) ?? doubtfulScores;
  return { category, score: Math.max(scores[category]!, from + draw * (to - from)), threshold: from };
};

/** Of the deep tier, whose word stands where it has one. */
const bandOf = (category: Category, rules: PolicyRules | undefined): Band | undefined => {
  const rule = rules && Object.hasOwn(rules.categories, category) ? rules.categories[category] : undefined;
  const { review = null, block = null } = rule?.deep ?? rule?.fast ?? {};
  return review === null ? undefined : { from: review, to: block ?? Math.max(review, doubtfulScores.to) };
};
