import { z } from 'zod';
import {
  caseStates,
  categorySchema,
  contentSchema,
  humanVerdictSchema,
  policyRefSchema,
  surfaceSchema,
  tierSchema,
  verdictSchema,
} from '#libs/domain';

const instant = z.iso.datetime();
/** As a Date: of a year that Postgres cannot read, such as 0000, the driver makes one that it can. */
const moment = instant.transform((text) => new Date(text));

export const foundContentSchema = z
  .object({
    content: contentSchema
      .pick({
        id: true,
        sha256: true,
        mediaType: true,
        width: true,
        height: true,
        bytes: true,
        surface: true,
      })
      .extend({ reference: z.string().nullable(), receivedAt: instant }),
    verdict: verdictSchema.nullable().describe('The one that holds now; null while nobody has judged it'),
    tier: tierSchema.nullable(),
    final: z.boolean(),
    category: z.string().nullable().describe('The worst that a model saw above its threshold'),
    policy: policyRefSchema.nullable(),
    case: z.object({ id: z.uuid(), state: z.enum(caseStates), queue: z.string() }).nullable(),
    decision: z
      .object({
        id: z.uuid(),
        moderatorId: z.uuid(),
        verdict: humanVerdictSchema,
        reason: z.string(),
        decidedAt: instant,
      })
      .nullable()
      .describe('The last one on its case; with moderator=, theirs'),
  })
  .meta({ id: 'FoundContent' });
export type FoundContent = z.infer<typeof foundContentSchema>;

export const searchPageSchema = z
  .object({
    contents: z.array(foundContentSchema),
    nextCursor: z.string().nullable().describe('Ask again with it for what came before; null at the end'),
  })
  .meta({ id: 'SearchPage' });
export type SearchPage = z.infer<typeof searchPageSchema>;

export const searchQuerySchema = z.object({
  category: categorySchema.optional(),
  verdict: verdictSchema.optional(),
  tier: tierSchema.optional(),
  surface: surfaceSchema.optional(),
  moderator: z.uuid().optional().describe('Who decided; the order is then that of the decisions'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits')
    .optional(),
  reference: z
    .string()
    .min(1)
    .max(256)
    .refine((text) => !text.includes('\0'), 'a reference is text, without NUL')
    .optional(),
  from: moment.optional().describe('Not before: received, or with moderator= decided'),
  to: moment.optional().describe('Before'),
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});
export type SearchQuery = z.infer<typeof searchQuerySchema>;
