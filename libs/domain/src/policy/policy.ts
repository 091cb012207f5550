import { z } from 'zod';
import { type Category, categoryPatternSchema, categorySchema } from '../category.js';
import { surfaceSchema } from '../content.js';
import { detectorCallsSchema } from '../detection/detector-calls.js';
import { linkRulesSchema, phraseRulesSchema } from '../detection/read-rules.js';
import { defaultStatementRules, statementRulesSchema } from '../statements/statement-rules.js';
import type { ModelTier } from '../tier.js';
import { plainText } from './plain-text.js';
import { defaultReasonCodes, reasonCodesSchema } from './reason-codes.js';

const thresholdSchema = z.number().min(0).max(1);

/** A score at or above a threshold has that verdict; null means that this tier never gives it. */
export const thresholdsSchema = z
  .strictObject({ review: thresholdSchema.nullable(), block: thresholdSchema.nullable() })
  .refine(({ review, block }) => review === null || block === null || review <= block, {
    path: ['review'],
    message: 'review must not lie above block',
  });
export type Thresholds = z.infer<typeof thresholdsSchema>;

const categoryRuleSchema = z.strictObject({
  fast: thresholdsSchema.optional(),
  deep: thresholdsSchema.optional(),
});

const rulesShape = {
  categories: z
    .record(categorySchema, categoryRuleSchema)
    .describe('a tier that a category does not name never judges it'),
  deep: z
    .record(categoryPatternSchema, z.enum(['flagged', 'always']))
    .describe(
      'flagged (the default): the deep tier looks only at what the fast tier put in review. always: at everything.',
    ),
  hold: z.boolean().describe('whether the caller should keep the image from view until the verdict is final'),
  auditSampleRate: z
    .number()
    .min(0)
    .max(1)
    .describe(
      'share of allowed content sent to a person at random, 0–1: the propensity stored with the sample',
    ),
};

/** Most that the deep tier's detectors may take for one picture in policies that do not say, in milliseconds. */
export const defaultDeepBudgetMs = 20_000;

/** About the detectors of the deep tier; what came later has a default, so that older policies still can be read. */
const detectorShape = {
  detectors: detectorCallsSchema
    .default({})
    .describe('detectors that look at pictures which nobody’s question and no route sends them'),
  deepBudgetMs: z
    .number()
    .int()
    .min(50)
    .max(600_000)
    .default(defaultDeepBudgetMs)
    .describe('milliseconds, after which detectors that have not answered are skipped, and a person is next'),
  links: linkRulesSchema,
  phrases: phraseRulesSchema,
};
export const policyRulesSchema = z.strictObject({ ...rulesShape, ...detectorShape });
export type PolicyRules = z.infer<typeof policyRulesSchema>;

/** What a surface changes of them, and for people what the surface is. */
const surfaceRulesSchema = z.strictObject({
  ...z.strictObject(rulesShape).partial().shape,
  detectors: detectorCallsSchema.optional(),
  deepBudgetMs: detectorShape.deepBudgetMs.unwrap().optional(),
  links: linkRulesSchema.unwrap().optional(),
  phrases: phraseRulesSchema.unwrap().optional(),
  description: plainText(500).optional(),
});

const days = z.number().int().min(1).max(3650);

/** days that a caller's reference is kept in policies that were published before there was a choice */
const defaultReferenceDays = 365;

/**
 * Days that a stored picture is kept after its verdict became final, by that verdict, and that the caller's reference and
 * people's words are kept after the picture was received. Whoever has yet to decide keeps them longer.
 */
export const retentionSchema = z.strictObject({
  allowedDays: days,
  blockedDays: days,
  referenceDays: days.default(defaultReferenceDays),
});
export type Retention = z.infer<typeof retentionSchema>;

/**
 * Of policies that were published before there was a choice. A block may be appealed for 184 days (`appealDays`, the six
 * months of the Digital Services Act's Article 20), and whoever decides on an appeal must still see the picture.
 */
export const defaultRetention: Retention = {
  allowedDays: 30,
  blockedDays: 200,
  referenceDays: defaultReferenceDays,
};

export const policyDocumentSchema = z.strictObject({
  ...rulesShape,
  ...detectorShape,
  humanAllowDays: days.describe('days after which a person’s allow is forgotten; a block never is'),
  retention: retentionSchema.default(defaultRetention).describe('how long pictures stay in the image store'),
  reasonCodes: reasonCodesSchema
    .default(defaultReasonCodes)
    .describe(
      'what a person may give as the reason of a decision, and what a statement of reasons says of it',
    ),
  statements: statementRulesSchema
    .default(defaultStatementRules)
    .describe('what statements of reasons say beside the reason, and how long a block may be appealed'),
  surfaces: z
    .record(surfaceSchema, surfaceRulesSchema)
    .describe(
      'what differs on a surface; a surface that is not named here (but default) is unknown to the gateway',
    ),
});
export type PolicyDocument = z.infer<typeof policyDocumentSchema>;

/** A published version, which never changes. */
export interface Policy {
  name: string;
  version: number;
  document: PolicyDocument;
}

export const defaultSurface = 'default';

export const knowsSurface = (policy: Policy, surface: string): boolean =>
  surface === defaultSurface || Object.hasOwn(policy.document.surfaces, surface);

/**
 * The rules that hold on a surface: its overrides laid over the policy's own, category by category and detector by
 * detector; lists of domains and phrases are replaced as a whole.
 */
export const rulesFor = ({ document }: Policy, surface: string): PolicyRules => {
  const override = Object.hasOwn(document.surfaces, surface) ? document.surfaces[surface] : undefined;
  return {
    categories: { ...document.categories, ...override?.categories },
    deep: { ...document.deep, ...override?.deep },
    hold: override?.hold ?? document.hold,
    auditSampleRate: override?.auditSampleRate ?? document.auditSampleRate,
    detectors: { ...document.detectors, ...override?.detectors },
    deepBudgetMs: override?.deepBudgetMs ?? document.deepBudgetMs,
    links: override?.links ?? document.links,
    phrases: override?.phrases ?? document.phrases,
  };
};

/** The same of a stored document; undefined where it is none that can be judged by. */
export const rulesIn = (document: unknown, surface: string): PolicyRules | undefined => {
  const parsed = policyDocumentSchema.safeParse(document);
  return parsed.success ? rulesFor({ name: '', version: 0, document: parsed.data }, surface) : undefined;
};

/** Categories in which the tier can give more than an allow on a surface: without their scores nothing is decided. */
export const judgedCategories = (policy: Policy, surface: string, tier: ModelTier): Category[] =>
  Object.entries(rulesFor(policy, surface).categories)
    .filter(([, rule]) => {
      const thresholds = rule[tier];
      return thresholds && (thresholds.review !== null || thresholds.block !== null);
    })
    .map(([category]) => category);

/** The same on any surface. */
export const judgedAnywhere = (policy: Policy, tier: ModelTier): Category[] => {
  const surfaces = [defaultSurface, ...Object.keys(policy.document.surfaces)];
  return [...new Set(surfaces.flatMap((surface) => judgedCategories(policy, surface, tier)))];
};
