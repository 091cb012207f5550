import type { Category, Scores } from '../category.js';
import { worstOf } from './route.js';

/** Where an audit sample seems to be in doubt, of some judged category. */
export interface SeemingDoubt {
  category: Category;
  score: number;
  threshold: number;
}

/** Where scores of contents in doubt mostly lie: from the lowest threshold for review to the lowest for a block. */
const doubtfulScores = { from: 0.3, to: 0.9 };

/**
 * As if the worst category of an audit sample had been in doubt, with a drawn score where its own is lower: who decides
 * shall not know that the machines saw nothing in it. Undefined where nothing was judged.
 * @param draw in [0, 1), always the same for the same content
 */
export const seemingDoubt = (scores: Scores, draw: number): SeemingDoubt | undefined => {
  const category = worstOf(Object.keys(scores), scores);
  if (category === undefined) return undefined;
  const { from, to } = doubtfulScores;
  return { category, score: Math.max(scores[category]!, from + draw * (to - from)), threshold: from };
};
