import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { route } from './route.js';
import { holds, type RoutingCondition, type RoutingFacts } from './routing-condition.js';
import { maxConditionDepth, maxConditions, type RoutingRules, routingRulesSchema } from './routing-rules.js';

const categories = ['sexual/explicit', 'sexual/suggestive', 'goods/firearm', 'spam/solicitation'];
const surfaces = ['default', 'avatar', 'chat'];
const keys = ['01990000-0000-7000-8000-000000000001', '01990000-0000-7000-8000-000000000002'];
const names = ['shop', 'forum'];
const queues = ['sexual', 'goods', 'urgent', 'general'];
const verdicts = ['allow', 'review', 'block'] as const;
const tiers = ['known', 'fast', 'deep', 'human'] as const;

const score = fc.double({ min: 0, max: 1, noNaN: true });
const some = <Value>(...values: readonly Value[]) => fc.subarray([...values], { minLength: 1 });
const pattern = fc.constantFrom('sexual/*', 'goods/*', ...categories);

const leaf: fc.Arbitrary<RoutingCondition> = fc.oneof(
  fc.record({ category: pattern }),
  fc
    .record({ category: pattern, band: fc.uniqueArray(score, { minLength: 2, maxLength: 2 }) })
    .map(({ category, band: [a, b] }) => ({
      score: { category, from: Math.min(a!, b!), to: Math.max(a!, b!) },
    }))
    .filter(({ score: { from, to } }) => from < to),
  fc.record({ surface: some(...surfaces) }),
  fc.record({ caller: some(...keys, ...names) }),
  fc.record({ audienceAtLeast: fc.nat() }),
  fc.record({ verdict: some(...verdicts) }),
  fc.record({ tier: some(...tiers) }),
);
const condition: fc.Arbitrary<RoutingCondition> = fc.letrec<{ tree: RoutingCondition }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.record({ all: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie('tree') }),
  ),
})).tree;

const facts: fc.Arbitrary<RoutingFacts> = fc.record({
  scores: fc.dictionary(fc.constantFrom(...categories), score),
  raised: fc.subarray(categories),
  surface: fc.constantFrom(...surfaces),
  caller: fc.record({ id: fc.constantFrom(...keys), name: fc.constantFrom(null, ...names) }),
  audience: fc.option(fc.nat()),
  verdict: fc.constantFrom(...verdicts),
  tier: fc.constantFrom(...tiers),
});
const rules: fc.Arbitrary<RoutingRules> = fc.record({
  rules: fc.array(
    fc.record({
      when: condition,
      queue: fc.constantFrom(...queues),
      priority: fc.double({ min: 0.1, max: 10, noNaN: true }),
    }),
    { maxLength: 5 },
  ),
});

const aDoubt: RoutingFacts = {
  scores: { 'sexual/explicit': 0.5, 'goods/firearm': 0.7, 'spam/solicitation': 0.9 },
  raised: ['sexual/explicit', 'goods/firearm'],
  surface: 'chat',
  caller: { id: keys[0]!, name: 'shop' },
  audience: 1000,
  verdict: 'review',
  tier: 'deep',
};
const refusalsOf = (document: unknown): { path: string; message: string }[] => {
  const parsed = routingRulesSchema.safeParse(document);
  return parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
};
const ruleWhen = (when: unknown) => ({ rules: [{ when, queue: 'urgent' }] });
const nested = (depth: number): unknown => (depth === 1 ? { surface: ['chat'] } : { not: nested(depth - 1) });

describe('a routing condition', () => {
  it.each<[RoutingCondition, boolean]>([
    [{ category: 'goods/*' }, true],
    [{ category: 'goods/firearm' }, true],
    [{ category: 'spam/*' }, false],
    [{ score: { category: 'spam/*', from: 0.9 } }, true],
    [{ score: { category: 'spam/*', from: 0.8, to: 0.9 } }, false],
    [{ score: { category: 'apparel/*', from: 0 } }, false],
    [{ surface: ['avatar', 'chat'] }, true],
    [{ caller: [keys[0]!] }, true],
    [{ caller: ['shop'] }, true],
    [{ caller: ['forum'] }, false],
    [{ audienceAtLeast: 1000 }, true],
    [{ audienceAtLeast: 1001 }, false],
    [{ verdict: ['block'] }, false],
    [{ tier: ['deep'] }, true],
    [{ all: [{ category: 'goods/*' }, { surface: ['avatar'] }] }, false],
    [{ any: [{ category: 'goods/*' }, { surface: ['avatar'] }] }, true],
    [{ not: { surface: ['avatar'] } }, true],
  ])('%j is %s', (when, expected) => {
    expect(holds(when, aDoubt)).toBe(expected);
  });

  it('holds of no estimate of the audience that it is large', () => {
    expect(holds({ audienceAtLeast: 0 }, { ...aDoubt, audience: null })).toBe(false);
  });

  it('is a Boolean algebra: double negation and De Morgan', () => {
    fc.assert(
      fc.property(condition, condition, facts, (a, b, about) => {
        expect(holds({ not: { not: a } }, about)).toBe(holds(a, about));
        expect(holds({ not: { all: [a, b] } }, about)).toBe(holds({ any: [{ not: a }, { not: b }] }, about));
      }),
    );
  });
});

describe('route', () => {
  it('takes the first rule that holds', () => {
    const document: RoutingRules = {
      rules: [
        { when: { surface: ['avatar'] }, queue: 'general', priority: 1 },
        { when: { category: 'goods/*' }, queue: 'urgent', priority: 3 },
        { when: { category: 'sexual/*' }, queue: 'sexual', priority: 1 },
      ],
    };
    expect(route(aDoubt, document)).toEqual({ queue: 'urgent', priority: 3, rule: 1 });
  });

  it('falls back to the group of the worst category that was raised, and then to the general queue', () => {
    expect(route(aDoubt, { rules: [] })).toEqual({ queue: 'goods', priority: 1, rule: null });
    expect(route({ ...aDoubt, raised: [] }, { rules: [] }).queue).toBe('general');
    expect(route(aDoubt, { rules: [] }, (queue) => queue === 'goods').queue).toBe('general');
  });

  it('never routes to a disabled queue, whatever the rules say', () => {
    fc.assert(
      fc.property(
        facts,
        rules,
        fc.subarray(['sexual', 'goods', 'urgent', 'spam']),
        (about, document, off) => {
          expect(off).not.toContain(route(about, document, (queue) => off.includes(queue)).queue);
        },
      ),
    );
  });

  it('is moved by the first rule that holds only: what stands behind it changes nothing', () => {
    fc.assert(
      fc.property(facts, rules, rules, (about, document, more) => {
        const routed = route(about, document);
        const longer = route(about, { rules: [...document.rules, ...more.rules] });
        if (routed.rule !== null) expect(longer).toEqual(routed);
        else if (longer.rule !== null) expect(longer.rule).toBeGreaterThanOrEqual(document.rules.length);
      }),
    );
  });

  it('is the same after rules were stored and read again', () => {
    fc.assert(
      fc.property(facts, rules, (about, document) => {
        const read = routingRulesSchema.parse(JSON.parse(JSON.stringify(document)));
        expect(route(about, read)).toEqual(route(about, document));
      }),
    );
  });
});

describe('routing rules', () => {
  it('have an ordinary priority unless they say otherwise', () => {
    expect(routingRulesSchema.parse(ruleWhen({ surface: ['chat'] })).rules[0]).toMatchObject({ priority: 1 });
  });

  it.each<[why: string, when: unknown, path: string, message: RegExp]>([
    ['no operator', {}, '', /exactly one of all, any, not/],
    ['two operators', { surface: ['chat'], tier: ['deep'] }, '', /exactly one of/],
    ['an operator that there is not', { colour: 'red' }, '', /colour/],
    ['no object', 'chat', '', /expected object/],
    ['an empty list', { all: [] }, '.all', />=1/],
    [
      'an unknown tier, far down',
      { all: [{ not: { any: [{ tier: ['slow'] }] } }] },
      '.all.0.not.any.0.tier.0',
      /fast/,
    ],
    ['a pattern that is none', { any: [{ category: 'goods' }] }, '.any.0.category', /goods\/firearm/],
    [
      'an empty band',
      { not: { score: { category: 'goods/*', from: 0.5, to: 0.5 } } },
      '.not.score.to',
      /above from/,
    ],
    ['a score beyond 1', { score: { category: 'goods/*', from: 1.5 } }, '.score.from', /<=1/],
    ['half a person', { audienceAtLeast: 0.5 }, '.audienceAtLeast', /int/],
  ])('name the node that has %s, and why', (_why, when, path, message) => {
    expect(refusalsOf(ruleWhen(when))).toContainEqual({
      path: `rules.0.when${path}`,
      message: expect.stringMatching(message),
    });
  });

  it('name a queue that is no queue, and a priority out of range', () => {
    const refusals = refusalsOf({ rules: [{ when: { surface: ['chat'] }, queue: 'No Queue', priority: 0 }] });
    expect(refusals.map(({ path }) => path)).toEqual(['rules.0.queue', 'rules.0.priority']);
  });

  it('may be nested as deep as it says, and not deeper', () => {
    expect(refusalsOf(ruleWhen(nested(maxConditionDepth)))).toEqual([]);
    expect(refusalsOf(ruleWhen(nested(maxConditionDepth + 1)))).toEqual([
      { path: `rules.0.when${'.not'.repeat(maxConditionDepth)}`, message: expect.stringMatching(/too deep/) },
    ]);
  });

  it('are refused, not walked to a stack overflow, when somebody nests them a hundred thousand deep', () => {
    const deep = `${'{"not":'.repeat(100_000)}{}${'}'.repeat(100_000)}`;
    expect(refusalsOf(JSON.parse(`{"rules":[{"queue":"urgent","when":${deep}}]}`))).toHaveLength(1);
  });

  it('have a bounded number of conditions altogether', () => {
    const wide = { any: Array.from({ length: 100 }, () => ({ surface: ['chat'] })) };
    const document = {
      rules: Array.from({ length: maxConditions / 100 }, () => ({ when: wide, queue: 'urgent' })),
    };
    expect(refusalsOf(document)[0]).toMatchObject({ message: expect.stringMatching(/too many/) });
  });
});
