import { judgedAnywhere, judgedCategories, type Policy, policyDocumentSchema } from './policy.js';
import { defaultReasonCodes } from './reason-codes.js';

const document = {
  categories: { 'sexual/explicit': { fast: { review: 0.3, block: 0.9 } } },
  deep: {},
  hold: true,
  auditSampleRate: 0.01,
  humanAllowDays: 90,
  surfaces: {},
};

const issueOf = (value: unknown) => policyDocumentSchema.safeParse(value).error?.issues[0];

describe('policyDocumentSchema', () => {
  it('takes a sound document', () => {
    expect(policyDocumentSchema.safeParse(document).success).toBe(true);
  });

  it('refuses a review threshold above block, naming the place', () => {
    const bad = { ...document, categories: { 'sexual/explicit': { fast: { review: 0.9, block: 0.3 } } } };
    expect(issueOf(bad)?.path).toEqual(['categories', 'sexual/explicit', 'fast', 'review']);
  });

  it('gives a document from before there was a choice of retention the default one', () => {
    expect(policyDocumentSchema.parse(document).retention).toEqual({
      allowedDays: 30,
      blockedDays: 200,
      referenceDays: 365,
    });
  });

  it('takes a whole retention of 1 to 3650 days, and no other', () => {
    const retained = (retention: unknown) => policyDocumentSchema.safeParse({ ...document, retention });
    expect(retained({ allowedDays: 1, blockedDays: 3650 }).success).toBe(true);
    for (const bad of [
      { allowedDays: 0, blockedDays: 1 },
      { allowedDays: 1, blockedDays: 3651 },
      { allowedDays: 1.5, blockedDays: 1 },
      { allowedDays: 1, blockedDays: 1, referenceDays: 0 },
      { allowedDays: 1 },
      { allowedDays: 1, blockedDays: 1, reviewedDays: 1 },
    ])
      expect(retained(bad).success).toBe(false);
  });

  it('gives a document that names no reasons the default ones', () => {
    expect(policyDocumentSchema.parse(document).reasonCodes).toEqual(defaultReasonCodes);
  });

  it('takes a description of a surface', () => {
    const described = {
      ...document,
      surfaces: { avatar: { description: 'Beside all that its owner does' } },
    };
    expect(policyDocumentSchema.safeParse(described).success).toBe(true);
  });

  it('refuses thresholds outside 0–1, unknown fields and malformed categories', () => {
    expect(issueOf({ ...document, auditSampleRate: 1.1 })?.path).toEqual(['auditSampleRate']);
    expect(issueOf({ ...document, extra: 1 })?.code).toBe('unrecognized_keys');
    expect(issueOf({ ...document, categories: { Explicit: {} } })).toBeDefined();
  });
});

describe('The categories that a tier judges', () => {
  const never = { review: null, block: null };
  const policy: Policy = {
    name: 'test',
    version: 1,
    document: policyDocumentSchema.parse({
      ...document,
      categories: {
        'sexual/explicit': { fast: { review: 0.3, block: 0.9 } },
        'goods/firearm': { deep: { review: 0.5, block: null } },
        'goods/alcohol': { fast: never },
      },
      surfaces: {
        kids: { categories: { 'goods/alcohol': { fast: { review: null, block: 0.5 } } } },
        open: { categories: { 'sexual/explicit': { fast: never } } },
      },
    }),
  };

  it('are those with a threshold of its own on that surface', () => {
    expect(judgedCategories(policy, 'default', 'fast')).toEqual(['sexual/explicit']);
    expect(judgedCategories(policy, 'kids', 'fast')).toEqual(['sexual/explicit', 'goods/alcohol']);
    expect(judgedCategories(policy, 'open', 'fast')).toEqual([]);
    expect(judgedCategories(policy, 'default', 'deep')).toEqual(['goods/firearm']);
  });

  it('count once over all surfaces', () => {
    expect(judgedAnywhere(policy, 'fast')).toEqual(['sexual/explicit', 'goods/alcohol']);
  });
});
