import { z } from 'zod';
import { contentSchema } from './content.js';
import { categoryVerdictsSchema, modelRefSchema, policyRefSchema, reasonSchema } from './judgement.js';
import { tierSchema } from './tier.js';
import { verdictSchema } from './verdict.js';

/** What `POST /v1/moderate` answers. Field names are a contract: add, never rename. */
export const moderationAnswerSchema = z
  .object({
    id: z.uuid(),
    verdict: verdictSchema,
    tier: tierSchema,
    surface: z.string(),
    reference: z.string().nullable(),
    policy: policyRefSchema,
    categories: categoryVerdictsSchema,
    reasons: z.array(reasonSchema),
    models: z.array(modelRefSchema),
    content: contentSchema.pick({ sha256: true, mediaType: true, width: true, height: true, bytes: true }),
    /** scores came from the cache */
    cached: z.boolean(),
    /** false while a deeper tier or a person may still change the verdict */
    final: z.boolean(),
    /** keep the image from view until the verdict is final */
    hold: z.boolean(),
    timings: z.object({ decodeMs: z.number(), inferenceMs: z.number(), totalMs: z.number() }),
  })
  .meta({ id: 'ModerationAnswer' });
export type ModerationAnswer = z.infer<typeof moderationAnswerSchema>;

/** What `POST /v1/moderate?mode=async` answers with 202. */
export const acceptedAnswerSchema = z
  .object({
    id: z.uuid(),
    status: z.literal('accepted'),
    surface: z.string(),
    reference: z.string().nullable(),
    content: moderationAnswerSchema.shape.content,
    final: z.literal(false),
  })
  .meta({ id: 'AcceptedAnswer' });
export type AcceptedAnswer = z.infer<typeof acceptedAnswerSchema>;
