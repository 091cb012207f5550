import { defaultPolicyDocument } from './default-policy.js';
import { type Finding, findingsOf } from './findings.js';
import { type PolicyDocument, policyDocumentSchema } from './policy.js';
import { policyWarnings } from './policy-warnings.js';
import { namedCategories, namedRules } from './named-rules.js';
import type { Scorer } from './scorer.js';

/** What a document is held against. */
export interface Surroundings {
  scorers: readonly Scorer[];
  /** the version that holds, whose categories are known whatever the scorers say */
  current?: PolicyDocument | undefined;
}

/** With problems a document cannot be published; warnings are for a person to think about. */
export interface Examination {
  /** where it is a policy at all: with what was left out filled in */
  document?: PolicyDocument;
  problems: Finding[];
  warnings: Finding[];
}

/**
 * Looks for all that is wrong with a document, and for what is allowed but probably not meant. What does not fit the
 * schema is told alone: the rest would be guesses.
 */
export const examinePolicy = (stored: unknown, surroundings: Surroundings): Examination => {
  const parsed = policyDocumentSchema.safeParse(stored);
  if (!parsed.success) return { problems: findingsOf(parsed.error), warnings: [] };
  const document = parsed.data;
  return {
    document,
    problems: [...unknownCategories(document, surroundings), ...unscoredByGateways(document, surroundings)],
    warnings: policyWarnings(document, surroundings.scorers),
  };
};

/** A misspelt category would never be scored, and what it was meant to stop would pass. */
const unknownCategories = (document: PolicyDocument, { scorers, current }: Surroundings): Finding[] => {
  const known = new Set([
    ...scorers.flatMap(({ categories }) => categories),
    ...namedCategories(defaultPolicyDocument),
    ...(current ? namedCategories(current) : []),
  ]);
  const list = [...known].sort().join(', ');
  return namedRules(document)
    .filter(({ category }) => !known.has(category))
    .map(({ path }) => ({ path, message: `no model here knows this category; known are ${list}` }));
};

/** A gateway cannot judge what its model does not score, and goes on with the version that it has. */
const unscoredByGateways = (document: PolicyDocument, { scorers }: Surroundings): Finding[] => {
  const fast = scorers.filter(({ tier, isLive }) => tier === 'fast' && isLive);
  return namedRules(document).flatMap(({ path, category, rule }) => {
    const { review = null, block = null } = rule.fast ?? {};
    const lacking = fast.filter(({ categories }) => !categories.includes(category));
    if ((review === null && block === null) || lacking.length === 0) return [];
    const packs = lacking.map(({ pack, version }) => `${pack} ${version}`).join(', ');
    return [{ path: `${path}.fast`, message: `the fast model in use does not score it: ${packs}` }];
  });
};
