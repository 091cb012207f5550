import { z } from 'zod';
import { categorySchema, scoresSchema } from './category.js';
import { evidenceSchema, mostEvidence } from './detection/evidence.js';
import { unheardSchema } from './detection/unheard.js';
import { tierSchema } from './tier.js';
import { verdictSchema } from './verdict.js';

/** Why a verdict is more severe than allow (or, for a decision, why it is what it is). */
export const reasonSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('score'),
    category: categorySchema,
    score: z.number(),
    threshold: z.number(),
    verdict: verdictSchema,
  }),
  z.object({ kind: z.literal('hash'), bank: z.string(), distance: z.number().int() }),
  z.object({ kind: z.literal('decision'), caseId: z.uuid(), distance: z.number().int() }),
]);
export type Reason = z.infer<typeof reasonSchema>;

export const modelRefSchema = z.object({ name: z.string(), version: z.string(), tier: tierSchema });
export type ModelRef = z.infer<typeof modelRefSchema>;

export const policyRefSchema = z.object({ name: z.string(), version: z.number().int().positive() });
export type PolicyRef = z.infer<typeof policyRefSchema>;

export const categoryVerdictsSchema = z.record(
  categorySchema,
  z.object({ score: z.number(), verdict: verdictSchema }),
);
export type CategoryVerdicts = z.infer<typeof categoryVerdictsSchema>;

/** All scores of one detector (name and version) on one content, those included that no policy judges. */
export const classificationSchema = z.object({
  model: modelRefSchema,
  scores: scoresSchema,
  /** what led to them, for a person to see */
  evidence: z.array(evidenceSchema).max(mostEvidence).optional(),
});
export type Classification = z.infer<typeof classificationSchema>;

/** One tier's verdict on one content under one policy version, with all that led to it. */
export const judgementSchema = z.object({
  /** Unique within the content, the same on every redelivery: `fast`, `known`, `known:<decision id>`, `deep:<event id>`. */
  key: z.string().min(1).max(128),
  tier: tierSchema,
  verdict: verdictSchema,
  policy: policyRefSchema,
  categories: categoryVerdictsSchema,
  reasons: z.array(reasonSchema),
  models: z.array(modelRefSchema),
  /** what each of the models saw; for the ledger, which thresholds are tuned on later */
  classifications: z.array(classificationSchema).optional(),
  /** who should have looked and has not answered; never beside an allow */
  unheard: z.array(unheardSchema).optional(),
  at: z.iso.datetime(),
});
export type Judgement = z.infer<typeof judgementSchema>;
