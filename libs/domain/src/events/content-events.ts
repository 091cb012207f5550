import { z } from 'zod';
import { categorySchema } from '../category.js';
import { contentSchema } from '../content.js';
import { detectorNameSchema } from '../detection/detector-calls.js';
import { embeddingSchema } from '../detection/embedding.js';
import { classificationSchema, judgementSchema } from '../judgement.js';
import { cloudEvent } from './cloud-event.js';

/** An allowed content sent to a person at random, with the probability that it was picked. */
export const auditSampleSchema = z.object({ propensity: z.number().gt(0).max(1) });

/** Accepted for classification later (`mode=async`): guarded and stored, not scored. */
export const contentSubmitted = cloudEvent(
  'sluice.content.submitted.v1',
  z.object({ content: contentSchema }),
);

/** The fast tier could not settle it, a surface always asks the deep tier, or it is an audit sample. */
export const contentFlagged = cloudEvent(
  'sluice.content.flagged.v1',
  z.object({
    content: contentSchema,
    fast: judgementSchema,
    /** categories that the deep tier is asked about; may be empty, then a person is next */
    asks: z.array(categorySchema),
    /** detectors that the policy called for it; none in events of older gateways */
    called: z.array(detectorNameSchema).optional(),
    audit: auditSampleSchema.nullable(),
  }),
);

/** Settled at the gateway: a block, a known picture, or an allow for the ledger. */
export const contentJudged = cloudEvent(
  'sluice.content.judged.v1',
  z.object({ content: contentSchema, judgement: judgementSchema }),
);

/** The worker's outcome: every judgement so far, the last one current. `review`, or an audit sample, wants a person. */
export const contentRescored = cloudEvent(
  'sluice.content.rescored.v1',
  z.object({
    content: contentSchema,
    judgements: z.array(judgementSchema).min(1),
    audit: auditSampleSchema.nullable(),
    /** what the picture is like, where a person is next */
    embedding: embeddingSchema.optional(),
    /** what packs on trial said of it: recorded, and never judged by */
    shadow: z.array(classificationSchema).optional(),
  }),
);

/** Topic → schema of what may be on it. */
export const topics = {
  'content.submitted': contentSubmitted,
  'content.flagged': contentFlagged,
  'content.judged': contentJudged,
  'content.rescored': contentRescored,
} as const;
export type Topic = keyof typeof topics;
export type EventOn<T extends Topic> = z.infer<(typeof topics)[T]>;

/** Who listens to what. A bus without broker-side groups (Postgres) makes one queue for each pair. */
export const consumers = {
  worker: ['content.submitted', 'content.flagged'],
  review: ['content.submitted', 'content.flagged', 'content.judged', 'content.rescored'],
} as const satisfies Record<string, readonly Topic[]>;
export type ConsumerGroup = keyof typeof consumers;
