import { createHash } from 'node:crypto';
import { categorySchema, modelTierSchema, sha256Schema } from '#libs/domain';
import type { Manifest } from '#libs/inference';
import canonicalize from 'canonicalize';
import { z } from 'zod';

const estimateSchema = z.strictObject({ value: z.number(), lower: z.number(), upper: z.number() });
const textSchema = z.string().trim().min(1).max(2000);
const countSchema = z.number().int().nonnegative();

const metricsSchema = z.strictObject({
  positives: countSchema,
  negatives: countSchema,
  /** why there are no figures, where there are none */
  tooFew: z.string().nullable(),
  areaUnderRoc: estimateSchema.nullable(),
  averagePrecision: estimateSchema.nullable(),
  calibrationError: estimateSchema.nullable(),
  /** at the thresholds of the policy */
  thresholds: z.array(
    z.strictObject({
      name: z.string(),
      threshold: z.number(),
      precision: estimateSchema.nullable(),
      recall: estimateSchema.nullable(),
      specificity: estimateSchema.nullable(),
    }),
  ),
});

const sliceSchema = z.strictObject({
  category: categorySchema,
  column: z.string(),
  value: z.string(),
  differs: z.array(z.enum(['recall', 'falsePositiveRate'])).min(1),
});

/**
 * `review.json` of a pack: what somebody must know and have agreed to before the pack is used. `models:evaluate --review`
 * fills in what can be computed; null is what nobody has said or measured yet.
 */
export const reviewSchema = z.strictObject({
  pack: z.string(),
  /** which version the figures are of */
  subject: z
    .strictObject({ version: z.string(), graphSha256: sha256Schema, manifestDigest: sha256Schema })
    .nullable(),
  /** who answers for the pack in this installation; said by a person */
  owner: textSchema.nullable(),
  licence: z.strictObject({ identifier: z.string(), hasText: z.boolean() }).nullable(),
  data: z.strictObject({
    /** what the network has learnt from; said by a person */
    trainedOn: textSchema.nullable(),
    evaluatedOn: z
      .strictObject({
        source: z.string(),
        pictures: countSchema,
        repeated: countSchema,
        madeAt: z.iso.datetime(),
      })
      .nullable(),
  }),
  metrics: z.record(categorySchema, metricsSchema),
  latency: z.strictObject({
    /** of one picture on one thread, at the 95th percentile; said by a person */
    budgetMs: z.number().positive().nullable(),
    measured: z
      .strictObject({ medianMs: z.number(), p95Ms: z.number(), provider: z.string(), machine: z.string() })
      .nullable(),
  }),
  cost: z
    .strictObject({
      picturesPerYear: z.number(),
      perMillion: z.number(),
      perYear: z.number(),
      currency: z.string(),
      asOf: z.string(),
      /** the project's numbers, and not this installation's */
      fromExamplePrices: z.boolean(),
    })
    .nullable(),
  /** parts of the data that were compared with the rest; null where none were */
  slices: z
    .strictObject({
      columns: z.array(z.string()).min(1),
      /** comparisons with figures enough on both sides */
      compared: countSchema,
      differing: z.array(sliceSchema),
    })
    .nullable(),
  /** open points that somebody has taken on, by the point's id */
  accepted: z.record(z.string(), z.strictObject({ why: textSchema, by: textSchema, on: z.iso.datetime() })),
  signOff: z
    .strictObject({
      by: textSchema,
      on: z.iso.datetime(),
      tier: modelTierSchema,
      graphSha256: sha256Schema,
      manifestDigest: sha256Schema,
    })
    .nullable(),
});
export type Review = z.infer<typeof reviewSchema>;

export const emptyReview = (pack: string): Review => ({
  pack,
  subject: null,
  owner: null,
  licence: null,
  data: { trainedOn: null, evaluatedOn: null },
  metrics: {},
  latency: { budgetMs: null, measured: null },
  cost: null,
  slices: null,
  accepted: {},
  signOff: null,
});

/**
 * sha256 of what a manifest says, in RFC 8785's canonical form, so that spaces do not matter. Without the tier, which a
 * promotion may change after the review.
 */
export const manifestDigest = (manifest: Manifest): string => {
  const { tier: _tier, ...rest } = manifest;
  return createHash('sha256').update(canonicalize(rest)!).digest('hex');
};
