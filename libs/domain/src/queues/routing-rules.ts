import { z } from 'zod';
import { queueNameSchema } from './queue.js';
import { type RoutingCondition, routingConditionSchema } from './routing-condition.js';

export const maxRules = 200;
/** All conditions of all rules together. */
export const maxConditions = 2000;
/** Conditions within conditions. */
export const maxConditionDepth = 10;
export const maxRuleNoteLength = 500;

/** Where the first of these holds, a case goes. */
export interface RoutingRule {
  when: RoutingCondition;
  queue: string;
  /** 2: half the wait, 0.5: twice; never beyond the queue's longest */
  priority: number;
  /** for people */
  note?: string | undefined;
}

export interface RoutingRules {
  rules: RoutingRule[];
}

const ruleSchema = z
  .strictObject({
    when: routingConditionSchema,
    queue: queueNameSchema,
    priority: z.number().min(0.1).max(10).default(1),
    note: z
      .string()
      .max(maxRuleNoteLength)
      .regex(/^[^\0]*$/, 'is text, without NUL')
      .optional(),
  })
  .meta({ id: 'RoutingRule' });

/** Before anything else looks at it: a tree too large, or so deep that walking it would not end well. */
const isBounded = (document: unknown, context: z.RefinementCtx): void => {
  const rules = (document as { rules?: unknown } | null)?.rules;
  if (!Array.isArray(rules)) return;
  let conditions = 0;
  const rest = rules.map((rule: unknown, index) => ({
    node: (rule as { when?: unknown } | null)?.when,
    path: ['rules', index, 'when'] as PropertyKey[],
    depth: 1,
  }));
  for (let next = rest.pop(); next; next = rest.pop()) {
    const { node, path, depth } = next;
    const refuse = (message: string): void => context.addIssue({ code: 'custom', path, message });
    if (++conditions > maxConditions)
      return refuse(`one condition too many: all rules together may have ${maxConditions}`);
    if (depth > maxConditionDepth)
      return refuse(`nested too deep: conditions may lie ${maxConditionDepth} deep`);
    for (const [operator, within] of branchesOf(node))
      rest.push({ node: within, path: [...path, ...operator], depth: depth + 1 });
  }
};

const branchesOf = (node: unknown): [path: PropertyKey[], within: unknown][] => {
  if (typeof node !== 'object' || node === null) return [];
  const { all, any, not } = node as { all?: unknown; any?: unknown; not?: unknown };
  const listed = Object.entries({ all, any }).flatMap(([operator, list]) =>
    Array.isArray(list)
      ? list.map((within: unknown, at): [PropertyKey[], unknown] => [[operator, at], within])
      : [],
  );
  return not === undefined ? listed : [...listed, [['not'], not]];
};

/** Something with rules in it, whose size and depth are looked at before all else. */
export const withBoundedRules = <Schema extends z.ZodType>(schema: Schema) =>
  z.unknown().superRefine(isBounded).pipe(schema);

export const routingRulesShape = { rules: z.array(ruleSchema).max(maxRules) };

/** All rules, in their order. An error's path names the node: `rules.2.when.all.0.score.to`. */
export const routingRulesSchema: z.ZodType<RoutingRules> = withBoundedRules(
  z.strictObject(routingRulesShape),
);
