import { z } from 'zod';
import {
  contentSchema,
  judgementSchema,
  moderationAnswerSchema,
  policyRefSchema,
  tierSchema,
  verdictSchema,
} from '#libs/domain';

/** What `GET /v1/content/{id}` answers. */
export const contentRecordSchema = z
  .object({
    id: z.uuid(),
    verdict: verdictSchema.nullable().describe('null until a tier has judged it (mode=async)'),
    tier: tierSchema.nullable(),
    final: z.boolean().describe('false while a deeper tier or a person may still change the verdict'),
    surface: z.string(),
    reference: z.string().nullable(),
    policy: policyRefSchema.nullable(),
    content: moderationAnswerSchema.shape.content,
    receivedAt: contentSchema.shape.receivedAt,
    history: z
      .array(
        judgementSchema.pick({
          tier: true,
          verdict: true,
          policy: true,
          categories: true,
          reasons: true,
          models: true,
          at: true,
        }),
      )
      .describe('Every verdict so far, oldest first'),
  })
  .meta({ id: 'ContentRecord' });
export type ContentRecord = z.infer<typeof contentRecordSchema>;
