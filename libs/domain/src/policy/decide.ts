import { type Category, matchesPattern, type Scores } from '../category.js';
import type { Content } from '../content.js';
import { calledDetectors } from '../detection/detector-calls.js';
import { detectorDraw } from '../detection/detector-draw.js';
import type { CategoryVerdicts, Reason } from '../judgement.js';
import type { ModelTier } from '../tier.js';
import { mostSevere, type Verdict } from '../verdict.js';
import { type Policy, type PolicyRules, rulesFor, type Thresholds } from './policy.js';

/** What the scores of a tier mean under a policy. */
export interface Decision {
  verdict: Verdict;
  categories: CategoryVerdicts;
  /** one entry per category above `allow` */
  reasons: Extract<Reason, { kind: 'score' }>[];
}

/**
 * Judges scores (0–1) under a policy on a surface. Pure, and monotone: a higher score or a lower threshold never
 * gives a milder verdict. Categories that the policy has no thresholds for at this tier are left out.
 *
 * @throws RangeError for a score that is no probability: NaN lies below every threshold, and would be an allow that
 * nobody gave
 */
export const decide = (scores: Scores, policy: Policy, surface: string, tier: ModelTier): Decision => {
  const rules = rulesFor(policy, surface);
  const categories: CategoryVerdicts = {};
  const reasons: Decision['reasons'] = [];
  for (const [category, score] of Object.entries(scores)) {
    if (!(score >= 0 && score <= 1))
      throw new RangeError(`The score of ${category} is ${score}, not within 0–1.`);
    const thresholds = rules.categories[category]?.[tier];
    if (!thresholds) continue;
    const crossed = crossedThreshold(score, thresholds);
    categories[category] = { score, verdict: crossed?.verdict ?? 'allow' };
    if (crossed) reasons.push({ kind: 'score', category, score, ...crossed });
  }
  return { verdict: mostSevere(Object.values(categories).map((each) => each.verdict)), categories, reasons };
};

const crossedThreshold = (
  score: number,
  { review, block }: Thresholds,
): { threshold: number; verdict: 'review' | 'block' } | undefined => {
  if (block !== null && score >= block) return { threshold: block, verdict: 'block' };
  if (review !== null && score >= review) return { threshold: review, verdict: 'review' };
  return undefined;
};

/**
 * The categories that the deep tier should look at after the fast tier's decision: those put in review, and those
 * that the surface always sends. Empty after a block, which needs no second opinion from a model.
 */
export const categoriesForDeep = (fast: Decision, policy: Policy, surface: string): Category[] => {
  if (fast.verdict === 'block') return [];
  const rules = rulesFor(policy, surface);
  return Object.entries(rules.categories)
    .filter(
      ([category, rule]) =>
        rule.deep && (fast.categories[category]?.verdict === 'review' || alwaysAsked(category, rules)),
    )
    .map(([category]) => category);
};

/** All that the deep tier may be asked about under these rules, whatever the fast tier scores. */
export const askableOfDeep = (rules: PolicyRules): Category[] =>
  Object.entries(rules.categories)
    .filter(
      ([category, { fast, deep }]) =>
        deep && ((fast?.review ?? null) !== null || alwaysAsked(category, rules)),
    )
    .map(([category]) => category);

/**
 * The detectors that the policy calls after the fast tier's decision, sorted: whoever is called by name looks, asked or
 * not. None after a block.
 *
 * @param scores of the fast tier, those included that no policy judges
 */
export const detectorsForDeep = (
  fast: Decision,
  scores: Scores,
  policy: Policy,
  { id, surface }: Pick<Content, 'id' | 'surface'>,
): string[] =>
  fast.verdict === 'block'
    ? []
    : calledDetectors(rulesFor(policy, surface).detectors, scores, detectorDraw(id));

/** Whether every picture goes to the deep tier for a category. An exact pattern overrules one for the whole group. */
export const alwaysAsked = (category: Category, { deep }: Pick<PolicyRules, 'deep'>): boolean => {
  const exact = deep[category];
  if (exact) return exact === 'always';
  return Object.entries(deep).some(
    ([pattern, route]) => route === 'always' && matchesPattern(category, pattern),
  );
};

/**
 * The fast and the deep tier's decisions as one: where the deep tier judged a category its word stands, elsewhere
 * the fast tier's.
 */
export const settle = (fast: Pick<Decision, 'categories' | 'reasons'>, deep: Decision): Decision => {
  const categories = { ...fast.categories, ...deep.categories };
  const kept = fast.reasons.filter((reason) => !Object.hasOwn(deep.categories, reason.category));
  return {
    verdict: mostSevere(Object.values(categories).map((each) => each.verdict)),
    categories,
    reasons: [...kept, ...deep.reasons],
  };
};
