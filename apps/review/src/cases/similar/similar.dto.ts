import { z } from 'zod';
import { contentSchema, humanVerdictSchema, tierSchema, verdictSchema } from '#libs/domain';

const instant = z.iso.datetime();

/** Below it pictures have a kind of scene in common rather than being versions of one another. */
export const usualSimilarity = 0.9;

export const similarToSchema = z.object({ id: z.uuid() });

export const similarQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(50).default(10),
  minSimilarity: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(usualSimilarity)
    .describe('Cosine of the pictures’ embeddings. While somebody has yet to decide at least 0.9'),
});
export type SimilarQuery = z.infer<typeof similarQuerySchema>;

const similarContentSchema = z
  .object({
    content: contentSchema
      .pick({ id: true, mediaType: true, width: true, height: true, surface: true })
      .extend({ receivedAt: instant }),
    similarity: z.number().min(-1).max(1).describe('1: as good as the same'),
    caseId: z.uuid().nullable().describe('Its case, where you may see it'),
    verdict: verdictSchema
      .nullable()
      .describe(
        'The one that holds now; told to whoever decided on it, and to seniors unless they have yet to decide',
      ),
    tier: tierSchema.nullable(),
    decision: z
      .object({
        id: z.uuid(),
        verdict: humanVerdictSchema,
        reason: z.string(),
        moderatorId: z.uuid(),
        decidedAt: instant,
      })
      .nullable()
      .describe('The last one on its case, told as the verdict is'),
  })
  .meta({ id: 'SimilarContent' });
export type SimilarContent = z.infer<typeof similarContentSchema>;

export const similarSchema = z
  .object({
    contentId: z.uuid(),
    minSimilarity: z.number().describe('That was asked of them'),
    searched: z.number().int().describe('Embeddings that were compared, or that an index was made of'),
    of: z.number().int().describe('Embeddings that are stored of the same model'),
    similar: z.array(similarContentSchema).describe('The nearest first, one of each picture'),
  })
  .meta({ id: 'SimilarContents' });
export type SimilarView = z.infer<typeof similarSchema>;
