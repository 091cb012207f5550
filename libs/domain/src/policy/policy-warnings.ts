import { type Category, matchesPattern } from '../category.js';
import type { Finding } from './findings.js';
import { askableOfDeep } from './decide.js';
import { categoriesOfCalled, detectorWarnings } from './detector-warnings.js';
import { type CategoryRule, namedRules } from './named-rules.js';
import { defaultSurface, type PolicyDocument, rulesFor, type Thresholds } from './policy.js';
import type { Scorer } from './scorer.js';

/** What a lead may do, but probably did not mean. */
export const policyWarnings = (document: PolicyDocument, scorers: readonly Scorer[]): Finding[] => [
  ...silentTiers(scorers),
  ...unscoredByDeep(document, scorers),
  ...everythingCrosses(document),
  ...neverAsked(document, scorers),
  ...detectorWarnings(document, scorers),
  ...idleOverrides(document),
  ...droppedTiers(document),
  ...idlePatterns(document),
  ...noSamples(document),
  ...groundless(document),
  ...unseenAppeals(document),
];

const isJudged = (thresholds: Thresholds | undefined): boolean =>
  thresholds !== undefined && (thresholds.review !== null || thresholds.block !== null);

const silentTiers = (scorers: readonly Scorer[]): Finding[] =>
  (['fast', 'deep'] as const)
    .filter((tier) => !scorers.some((scorer) => scorer.tier === tier && scorer.isLive))
    .map((tier) => ({
      path: '',
      message: `no ${tier} model has said lately what it scores: whether one can judge by this was not checked`,
    }));

const unscoredByDeep = (document: PolicyDocument, scorers: readonly Scorer[]): Finding[] => {
  const deep = scorers.filter(({ tier, isLive }) => tier === 'deep' && isLive);
  if (deep.length === 0) return [];
  return namedRules(document)
    .filter(
      ({ category, rule }) =>
        isJudged(rule.deep) && !deep.some(({ categories }) => categories.includes(category)),
    )
    .map(({ path }) => ({
      path: `${path}.deep`,
      message: 'no deep model in use scores it: each picture that is asked about it goes to a person',
    }));
};

const everythingCrosses = (document: PolicyDocument): Finding[] =>
  namedRules(document).flatMap(({ path, rule }) =>
    (['fast', 'deep'] as const).flatMap((tier) =>
      (['review', 'block'] as const)
        .filter((verdict) => rule[tier]?.[verdict] === 0)
        .map((verdict) => ({
          path: `${path}.${tier}.${verdict}`,
          message: `at 0 every picture that this tier scores gets ${verdict}`,
        })),
    ),
  );

/**
 * The deep tier is asked about what the fast tier puts in review, and about what a surface always sends; detectors that are
 * called by name look at what they know.
 */
const neverAsked = (document: PolicyDocument, scorers: readonly Scorer[]): Finding[] => {
  const policy = { name: '', version: 0, document };
  const asks = (category: Category, surface: string): boolean => {
    const rules = rulesFor(policy, surface);
    const seen = [...askableOfDeep(rules), ...categoriesOfCalled(rules.detectors, scorers)];
    return seen.includes(category);
  };
  const all = [defaultSurface, ...Object.keys(document.surfaces)];
  return namedRules(document)
    .filter(
      ({ category, rule, surface }) =>
        isJudged(rule.deep) &&
        !(surface === undefined ? all : [surface]).some((each) => asks(category, each)),
    )
    .map(({ path }) => ({
      path: `${path}.deep`,
      message:
        'no picture is sent to the deep tier for it: the fast tier puts none in review for it, no surface always asks, and no detector for it is called',
    }));
};

const idleOverrides = (document: PolicyDocument): Finding[] =>
  Object.entries(document.surfaces).flatMap(([surface, override]) => {
    const same: string[] = [];
    for (const field of ['hold', 'auditSampleRate', 'deepBudgetMs', 'links', 'phrases'] as const)
      if (isSame(override[field], document[field])) same.push(field);
    for (const [category, rule] of Object.entries(override.categories ?? {}))
      if (sameRule(rule, document.categories[category])) same.push(`categories.${category}`);
    for (const [pattern, route] of Object.entries(override.deep ?? {}))
      if (document.deep[pattern] === route) same.push(`deep.${pattern}`);
    for (const [detector, reasons] of Object.entries(override.detectors ?? {}))
      if (isSame(reasons, document.detectors[detector])) same.push(`detectors.${detector}`);
    return same.map((field) => ({
      path: `surfaces.${surface}.${field}`,
      message: 'changes nothing: the policy itself says the same',
    }));
  });

/** Of parsed values, whose fields come in the schema's order. */
const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

const sameRule = (rule: CategoryRule, other: CategoryRule | undefined): boolean =>
  other !== undefined &&
  (['fast', 'deep'] as const).every(
    (tier) =>
      rule[tier]?.review === other[tier]?.review &&
      rule[tier]?.block === other[tier]?.block &&
      (rule[tier] === undefined) === (other[tier] === undefined),
  );

/** A surface replaces a category as a whole. */
const droppedTiers = (document: PolicyDocument): Finding[] =>
  namedRules(document).flatMap(({ path, surface, category, rule }) =>
    surface === undefined
      ? []
      : (['fast', 'deep'] as const)
          .filter((tier) => rule[tier] === undefined && isJudged(document.categories[category]?.[tier]))
          .map((tier) => ({
            path,
            message: `the ${tier} tier does not judge it here: the policy's own ${tier} thresholds do not hold where a surface names the category; write review: null, block: null if that is meant`,
          })),
  );

const idlePatterns = (document: PolicyDocument): Finding[] => {
  const policy = { name: '', version: 0, document };
  const places = [
    { path: 'deep', patterns: document.deep, surfaces: [defaultSurface, ...Object.keys(document.surfaces)] },
    ...Object.entries(document.surfaces).map(([surface, { deep = {} }]) => ({
      path: `surfaces.${surface}.deep`,
      patterns: deep,
      surfaces: [surface],
    })),
  ];
  return places.flatMap(({ path, patterns, surfaces }) =>
    Object.keys(patterns)
      .filter(
        (pattern) =>
          !surfaces.some((surface) =>
            Object.entries(rulesFor(policy, surface).categories).some(
              ([category, rule]) => rule.deep && matchesPattern(category, pattern),
            ),
          ),
      )
      .map((pattern) => ({
        path: `${path}.${pattern}`,
        message: 'matches no category that the deep tier looks at',
      })),
  );
};

const noSamples = (document: PolicyDocument): Finding[] => {
  const places = [
    { path: 'auditSampleRate', rate: document.auditSampleRate },
    ...Object.entries(document.surfaces).map(([surface, { auditSampleRate }]) => ({
      path: `surfaces.${surface}.auditSampleRate`,
      rate: auditSampleRate,
    })),
  ];
  return places
    .filter(({ rate }) => rate === 0)
    .map(({ path }) => ({
      path,
      message: 'at 0 nobody looks at what is allowed: how much of it is wrong stays unknown',
    }));
};

const groundless = ({ reasonCodes }: PolicyDocument): Finding[] =>
  reasonCodes
    .map(({ verdicts, ground, code }, index) => ({ verdicts, ground, code, index }))
    .filter(({ verdicts, ground }) => verdicts.includes('block') && !ground)
    .map(({ code, index }) => ({
      path: `reasonCodes.${index}`,
      message: `${code} has no ground: a statement of reasons could not say what the block rests on`,
    }));

/** An appeal about a picture that is gone is refused, though its statement of reasons promised one. */
const unseenAppeals = ({ retention, statements }: PolicyDocument): Finding[] =>
  retention.blockedDays >= statements.appealDays
    ? []
    : [
        {
          path: 'retention.blockedDays',
          message: `a block may be appealed for ${statements.appealDays} days, but its picture is gone after ${retention.blockedDays}: nobody could look at it any more`,
        },
      ];
