import { type Category, matchesPattern } from '../category.js';

/**
 * High-level categories of the Commission's DSA Transparency Database since 1 July 2025 (API version 2). The category for
 * notices that do not say what is illegal is left out: nothing here rests on a notice.
 */
export const dsaCategories = [
  'STATEMENT_CATEGORY_ANIMAL_WELFARE',
  'STATEMENT_CATEGORY_CONSUMER_INFORMATION',
  'STATEMENT_CATEGORY_CYBER_VIOLENCE',
  'STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN',
  'STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS',
  'STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH',
  'STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS',
  'STATEMENT_CATEGORY_NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS',
  'STATEMENT_CATEGORY_OTHER_VIOLATION_TC',
  'STATEMENT_CATEGORY_PROTECTION_OF_MINORS',
  'STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY',
  'STATEMENT_CATEGORY_SCAMS_AND_FRAUD',
  'STATEMENT_CATEGORY_SELF_HARM',
  'STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS',
  'STATEMENT_CATEGORY_VIOLENCE',
] as const;
export type DsaCategory = (typeof dsaCategories)[number];

/** Those of the database's keywords that something here maps to. */
export const dsaKeywords = [
  'KEYWORD_ADULT_SEXUAL_MATERIAL',
  'KEYWORD_NUDITY',
  'KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL',
  'KEYWORD_PROHIBITED_PRODUCTS',
  'KEYWORD_GOODS_SERVICES_NOT_PERMITTED',
  'KEYWORD_HATE_SPEECH',
] as const;
export type DsaKeyword = (typeof dsaKeywords)[number];

export interface DsaClass {
  category: DsaCategory;
  keywords: DsaKeyword[];
}

const termsViolation = (...keywords: DsaKeyword[]): DsaClass => ({
  category: 'STATEMENT_CATEGORY_OTHER_VIOLATION_TC',
  keywords,
});
const of = (category: DsaCategory, ...keywords: DsaKeyword[]): DsaClass => ({ category, keywords });

/** By reason code, where it says more than the category that it is about. */
const byReason: Record<string, DsaClass> = {
  sexual_explicit: termsViolation('KEYWORD_ADULT_SEXUAL_MATERIAL'),
  sexual_suggestive: termsViolation('KEYWORD_NUDITY'),
  child_sexual_abuse: of('STATEMENT_CATEGORY_PROTECTION_OF_MINORS', 'KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL'),
  prohibited_goods: of('STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS', 'KEYWORD_PROHIBITED_PRODUCTS'),
  violence: of('STATEMENT_CATEGORY_VIOLENCE'),
  hate: of('STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH', 'KEYWORD_HATE_SPEECH'),
};

/** By category; the first pattern that fits. */
const byCategory: [pattern: string, DsaClass][] = [
  ['sexual/explicit', termsViolation('KEYWORD_ADULT_SEXUAL_MATERIAL')],
  ['sexual/*', termsViolation('KEYWORD_NUDITY')],
  ['goods/*', of('STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS', 'KEYWORD_PROHIBITED_PRODUCTS')],
  ['violence/*', of('STATEMENT_CATEGORY_VIOLENCE')],
  ['hate/*', of('STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH')],
];

/**
 * Which of the database's categories a restriction falls under: by the reason that a person gave, else by the category
 * that it rests on, else as another violation of the terms, which claims nothing that was not found. Spam is one of
 * these: the database has no category for solicitation, and to call it fraud would accuse somebody of it.
 */
export const dsaClassOf = (reasonCode: string | null, category: Category | null): DsaClass => {
  const named = reasonCode !== null && Object.hasOwn(byReason, reasonCode) ? byReason[reasonCode] : undefined;
  if (named) return named;
  const found = category && byCategory.find(([pattern]) => matchesPattern(category, pattern));
  return found ? found[1] : termsViolation();
};
