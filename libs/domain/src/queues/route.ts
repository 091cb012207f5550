import type { Category, Scores } from '../category.js';
import { generalQueue } from './queue.js';
import { holds, type RoutingFacts } from './routing-condition.js';
import type { RoutingRules } from './routing-rules.js';

/** Where a case goes, and how urgent its rule makes it. */
export interface Route {
  queue: string;
  /** of the rule; 1 where none holds */
  priority: number;
  /** index of the rule; null where none holds */
  rule: number | null;
}

/**
 * The first rule that holds and whose queue takes cases. Where none does, the group of the worst category that was
 * raised; where that takes none either, or nothing was raised, the general queue. Pure.
 * @param isDisabled queues that take no more cases; one that nobody knows (a new group) is not disabled
 */
export const route = (
  facts: RoutingFacts,
  { rules }: RoutingRules,
  isDisabled: (queue: string) => boolean = () => false,
): Route => {
  const index = rules.findIndex(({ when, queue }) => !isDisabled(queue) && holds(when, facts));
  const rule = rules[index];
  if (rule) return { queue: rule.queue, priority: rule.priority, rule: index };
  const group = worstOf(facts.raised, facts.scores)?.split('/')[0];
  const queue = group === undefined || isDisabled(group) ? generalQueue : group;
  return { queue, priority: 1, rule: null };
};

/** The category with the highest score; of equal ones the first. Undefined of none. */
export const worstOf = (categories: Category[], scores: Scores): Category | undefined =>
  categories.reduce<Category | undefined>(
    (worst, each) => (worst !== undefined && (scores[worst] ?? 0) >= (scores[each] ?? 0) ? worst : each),
    undefined,
  );
