import { z } from 'zod';
import {
  type Category,
  type CategoryPattern,
  categoryPatternSchema,
  matchesPattern,
  type Scores,
} from '../category.js';
import { audienceSchema, surfaceSchema } from '../content.js';
import { type Tier, tierSchema } from '../tier.js';
import { type Verdict, verdictSchema } from '../verdict.js';

/** What routing looks at: one content in doubt, and what the machines said last. */
export interface RoutingFacts {
  /** 0–1, of every category that the policy judged */
  scores: Scores;
  /** categories above `allow`: what the verdict rests on */
  raised: Category[];
  surface: string;
  /** the API key that sent it; its name is null where the key is not known any more */
  caller: { id: string; name: string | null };
  /** the caller's estimate of how many people will see it; null: it made none */
  audience: number | null;
  verdict: Verdict;
  tier: Tier;
}

/** A tree: `all`, `any` and `not` hold further conditions, everything else is a leaf. */
export type RoutingCondition =
  | { all: RoutingCondition[] }
  | { any: RoutingCondition[] }
  | { not: RoutingCondition }
  /** a category that the verdict rests on */
  | { category: CategoryPattern }
  /** some judged category's score in [from, to); without `to` there is no upper end */
  | { score: { category: CategoryPattern; from: number; to?: number | undefined } }
  | { surface: string[] }
  /** ids or names of API keys */
  | { caller: string[] }
  /** false where the caller made no estimate */
  | { audienceAtLeast: number }
  | { verdict: Verdict[] }
  | { tier: Tier[] };

const operators = [
  'all',
  'any',
  'not',
  'category',
  'score',
  'surface',
  'caller',
  'audienceAtLeast',
  'verdict',
  'tier',
] as const;
type Operator = (typeof operators)[number];

const maxListed = 100;
const oneOf = <Item extends z.ZodType>(item: Item) => z.array(item).min(1).max(maxListed).optional();
const inner = z.lazy((): z.ZodType<RoutingCondition> => routingConditionSchema);

const scoreBandSchema = z
  .strictObject({
    category: categoryPatternSchema,
    from: z.number().min(0).max(1).default(0),
    to: z.number().min(0).max(1).optional(),
  })
  .refine(({ from, to }) => to === undefined || from < to, {
    path: ['to'],
    message: 'to must lie above from: the band is empty',
  });

/**
 * One node. Its depth is not bounded here: `routingRulesSchema` looks at that first, since whoever walks a tree by
 * recursion must know that it ends.
 */
export const routingConditionSchema = z
  .strictObject({
    all: oneOf(inner),
    any: oneOf(inner),
    not: inner.optional(),
    category: categoryPatternSchema.optional(),
    score: scoreBandSchema.optional(),
    surface: oneOf(surfaceSchema),
    caller: oneOf(z.string().min(1).max(200)),
    audienceAtLeast: audienceSchema.optional(),
    verdict: oneOf(verdictSchema),
    tier: oneOf(tierSchema),
  } satisfies Record<Operator, z.ZodType>)
  .refine((node) => Object.values(node).filter((value) => value !== undefined).length === 1, {
    message: `a condition has exactly one of ${operators.join(', ')}`,
  })
  .meta({ id: 'RoutingCondition' }) as unknown as z.ZodType<RoutingCondition>;

/** Whether a condition holds for a content. Pure; walks the tree once. */
export const holds = (condition: RoutingCondition, facts: RoutingFacts): boolean => {
  if ('all' in condition) return condition.all.every((each) => holds(each, facts));
  if ('any' in condition) return condition.any.some((each) => holds(each, facts));
  if ('not' in condition) return !holds(condition.not, facts);
  if ('category' in condition)
    return facts.raised.some((category) => matchesPattern(category, condition.category));
  if ('score' in condition) return scoresWithin(condition.score, facts.scores);
  if ('surface' in condition) return condition.surface.includes(facts.surface);
  if ('caller' in condition) return isAmong(facts.caller, condition.caller);
  if ('audienceAtLeast' in condition)
    return facts.audience !== null && facts.audience >= condition.audienceAtLeast;
  if ('verdict' in condition) return condition.verdict.includes(facts.verdict);
  return condition.tier.includes(facts.tier);
};

const scoresWithin = (
  {
    category: pattern,
    from,
    to = Infinity,
  }: { category: CategoryPattern; from: number; to?: number | undefined },
  scores: Scores,
): boolean =>
  Object.entries(scores).some(
    ([category, score]) => matchesPattern(category, pattern) && score >= from && score < to,
  );

const isAmong = ({ id, name }: RoutingFacts['caller'], listed: string[]): boolean =>
  listed.includes(id) || (name !== null && listed.includes(name));
