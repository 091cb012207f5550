import fc from 'fast-check';
import type { Category, Scores } from '../category.js';
import { modelTierSchema } from '../tier.js';
import { severity, type Verdict } from '../verdict.js';
import { askableOfDeep, categoriesForDeep, decide, detectorsForDeep, settle } from './decide.js';
import { type Policy, type PolicyDocument, rulesFor, type Thresholds } from './policy.js';
import { defaultPolicyDocument } from './default-policy.js';
import { defaultStatementRules } from '../statements/statement-rules.js';
import { defaultReasonCodes } from './reason-codes.js';

const categories = ['sexual/explicit', 'sexual/suggestive', 'goods/firearm', 'goods/alcohol'] as const;

const aPolicy = (document: Partial<PolicyDocument> = {}): Policy => ({
  name: 'test',
  version: 1,
  document: {
    ...defaultPolicyDocument,
    categories: {
      'sexual/explicit': { fast: { review: 0.3, block: 0.9 }, deep: { review: 0.4, block: 0.8 } },
      'sexual/suggestive': { fast: { review: 0.7, block: null } },
      'goods/firearm': { deep: { review: 0.5, block: null } },
      'goods/alcohol': { deep: { review: 0.6, block: null } },
    },
    deep: {},
    hold: true,
    auditSampleRate: 0,
    humanAllowDays: 90,
    retention: { allowedDays: 30, blockedDays: 180, referenceDays: 365 },
    reasonCodes: defaultReasonCodes,
    statements: defaultStatementRules,
    surfaces: {
      listing: { deep: { 'goods/*': 'always' } },
      kids: { categories: { 'sexual/suggestive': { fast: { review: 0.2, block: 0.5 } } } },
    },
    ...document,
  },
});

const score = fc.double({ min: 0, max: 1, noNaN: true });
const scores: fc.Arbitrary<Scores> = fc.dictionary(fc.constantFrom(...categories), score);
const threshold = fc.option(score, { nil: null });
const thresholds = fc
  .tuple(threshold, threshold)
  .map(([a, b]): Thresholds =>
    a !== null && b !== null && a > b ? { review: b, block: a } : { review: a, block: b },
  );
const policies = fc
  .record(
    Object.fromEntries(categories.map((name) => [name, fc.record({ fast: thresholds, deep: thresholds })])),
  )
  .map((rules) => aPolicy({ categories: rules, surfaces: {} }));
const tier = fc.constantFrom(...modelTierSchema.options);
const atLeast = (a: Verdict, b: Verdict) => severity(a) >= severity(b);

describe('decide', () => {
  it('never gives a milder verdict for a higher score', () => {
    fc.assert(
      fc.property(
        policies,
        scores,
        fc.constantFrom(...categories),
        score,
        tier,
        (policy, some, name, more, at) => {
          const raised = { ...some, [name]: Math.max(some[name] ?? 0, more) };
          return atLeast(
            decide(raised, policy, 'default', at).verdict,
            decide(some, policy, 'default', at).verdict,
          );
        },
      ),
    );
  });

  it('never gives a milder verdict for a lower threshold', () => {
    fc.assert(
      fc.property(
        policies,
        scores,
        fc.constantFrom(...categories),
        score,
        tier,
        (policy, some, name, factor, at) => {
          const { review, block } = policy.document.categories[name]?.[at] ?? { review: null, block: null };
          const lowered = {
            review: review === null ? null : review * factor,
            block: block === null ? null : Math.max(block * factor, review === null ? 0 : review * factor),
          };
          const stricter = aPolicy({
            categories: { ...policy.document.categories, [name]: { [at]: lowered } },
            surfaces: {},
          });
          return atLeast(
            decide(some, stricter, 'default', at).verdict,
            decide(some, policy, 'default', at).verdict,
          );
        },
      ),
    );
  });

  it('is as severe as its most severe category, and gives a reason for each category above allow', () => {
    fc.assert(
      fc.property(policies, scores, tier, (policy, some, at) => {
        const { verdict, categories: judged, reasons } = decide(some, policy, 'default', at);
        const raised = Object.entries(judged).filter(([, each]) => each.verdict !== 'allow');
        expect(reasons.map((reason) => reason.category).sort()).toEqual(raised.map(([name]) => name).sort());
        expect(verdict === 'allow').toBe(raised.length === 0);
        expect(raised.every(([, each]) => atLeast(verdict, each.verdict))).toBe(true);
      }),
    );
  });

  it('blocks and reviews at the threshold itself', () => {
    const policy = aPolicy();
    expect(decide({ 'sexual/explicit': 0.9 }, policy, 'default', 'fast').verdict).toBe('block');
    expect(decide({ 'sexual/explicit': 0.3 }, policy, 'default', 'fast').verdict).toBe('review');
    expect(decide({ 'sexual/explicit': 0.2999 }, policy, 'default', 'fast').verdict).toBe('allow');
  });

  it('names the threshold that was crossed', () => {
    expect(decide({ 'sexual/explicit': 0.85 }, aPolicy(), 'default', 'deep').reasons).toEqual([
      { kind: 'score', category: 'sexual/explicit', score: 0.85, threshold: 0.8, verdict: 'block' },
    ]);
  });

  it('refuses a score that is no probability, whatever else was scored and whether it is judged or not', () => {
    const wrong = fc.double().filter((value) => !(value >= 0 && value <= 1));
    fc.assert(
      fc.property(
        policies,
        scores,
        fc.constantFrom(...categories),
        wrong,
        tier,
        (policy, some, name, bad, at) => {
          const judge = () => decide({ ...some, [name]: bad }, policy, 'default', at);
          expect(judge).toThrow(RangeError);
          expect(judge).toThrow(name);
        },
      ),
    );
    for (const bad of [NaN, Infinity, -Infinity, -Number.EPSILON, 1 + Number.EPSILON])
      expect(() => decide({ 'sexual/explicit': bad }, aPolicy(), 'default', 'fast')).toThrow(RangeError);
  });

  it('leaves out categories that the tier has no thresholds for', () => {
    expect(decide({ 'goods/firearm': 1 }, aPolicy(), 'default', 'fast')).toEqual({
      verdict: 'allow',
      categories: {},
      reasons: [],
    });
  });

  it('lays a surface over the policy, category by category', () => {
    const policy = aPolicy();
    expect(decide({ 'sexual/suggestive': 0.6 }, policy, 'default', 'fast').verdict).toBe('allow');
    expect(decide({ 'sexual/suggestive': 0.6 }, policy, 'kids', 'fast').verdict).toBe('block');
    expect(decide({ 'sexual/explicit': 0.3 }, policy, 'kids', 'fast').verdict).toBe('review');
  });
});

describe('categoriesForDeep', () => {
  const asked = (some: Scores, surface: string, policy = aPolicy()) =>
    categoriesForDeep(decide(some, policy, surface, 'fast'), policy, surface).sort();

  it('asks about what the fast tier put in review', () => {
    expect(asked({ 'sexual/explicit': 0.5 }, 'default')).toEqual(['sexual/explicit']);
  });

  it('asks about a whole group where the surface always does', () => {
    expect(asked({ 'sexual/explicit': 0.1 }, 'listing')).toEqual(['goods/alcohol', 'goods/firearm']);
  });

  it('asks nothing after a block', () => {
    expect(asked({ 'sexual/explicit': 0.95 }, 'listing')).toEqual([]);
  });

  it('does not ask where no deep threshold could answer', () => {
    expect(asked({ 'sexual/suggestive': 0.8 }, 'default')).toEqual([]);
  });

  it('lets an exact pattern overrule its group', () => {
    const policy = aPolicy({
      surfaces: { listing: { deep: { 'goods/*': 'always', 'goods/alcohol': 'flagged' } } },
    });
    expect(asked({}, 'listing', policy)).toEqual(['goods/firearm']);
  });
});

describe('askableOfDeep', () => {
  it('is all that any scores make the fast tier ask about', () => {
    const asked = (surface: string): Category[] => askableOfDeep(rulesFor(aPolicy(), surface)).sort();
    expect(asked('default')).toEqual(['sexual/explicit']);
    expect(asked('listing')).toEqual(['goods/alcohol', 'goods/firearm', 'sexual/explicit']);
    fc.assert(
      fc.property(scores, fc.constantFrom('default', 'listing', 'kids'), (some, surface) => {
        const asks = categoriesForDeep(decide(some, aPolicy(), surface, 'fast'), aPolicy(), surface);
        expect(asked(surface)).toEqual(expect.arrayContaining(asks));
      }),
    );
  });
});

describe('detectorsForDeep', () => {
  const content = { id: '019b0000-0000-7000-8000-000000000000', surface: 'listing' };
  const policy = aPolicy({
    detectors: { 'qr-code': [{ when: 'always' }] },
    surfaces: {
      listing: {
        detectors: { 'overlay-text': [{ when: 'score', category: 'sexual/suggestive', from: 0.2, to: 0.9 }] },
      },
    },
  });
  const called = (some: Scores, surface = 'listing') =>
    detectorsForDeep(decide(some, policy, surface, 'fast'), some, policy, { ...content, surface });

  it('are those that the policy calls on the surface, also by scores that it judges not', () => {
    expect(called({ 'sexual/suggestive': 0.3 })).toEqual(['overlay-text', 'qr-code']);
    expect(called({ 'sexual/suggestive': 0.1 })).toEqual(['qr-code']);
    expect(called({ 'sexual/suggestive': 0.3 }, 'default')).toEqual(['qr-code']);
  });

  it('are none after a block', () => {
    expect(called({ 'sexual/explicit': 0.95, 'sexual/suggestive': 0.3 })).toEqual([]);
  });
});

describe('settle', () => {
  it('takes the deep word where there is one and keeps the fast word elsewhere', () => {
    const policy = aPolicy();
    const fast = decide({ 'sexual/explicit': 0.5, 'sexual/suggestive': 0.8 }, policy, 'default', 'fast');
    const deep = decide({ 'sexual/explicit': 0.1 }, policy, 'default', 'deep');
    const settled = settle(fast, deep);
    expect(settled.verdict).toBe('review');
    expect(settled.categories).toEqual({
      'sexual/explicit': { score: 0.1, verdict: 'allow' },
      'sexual/suggestive': { score: 0.8, verdict: 'review' },
    });
    expect(settled.reasons.map((reason) => reason.category)).toEqual(['sexual/suggestive']);
  });
});
