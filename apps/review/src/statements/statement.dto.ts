import { z } from 'zod';
import { dsaStatementSchema, maxDsaBatch, statementSchema } from '#libs/domain';

export const statedContentIdSchema = z.object({ id: z.uuid() });

export const statementFormats = ['full', 'dsa'] as const;

const instant = z.iso.datetime({ offset: true });
export const statementListSchema = z.object({
  format: z
    .enum(statementFormats)
    .default('full')
    .describe('dsa: in the fields and values of the Commission’s transparency database'),
  from: instant.optional().describe('Issued at this instant or later'),
  to: instant.optional().describe('Issued before it; never later than a minute ago'),
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(maxDsaBatch).default(maxDsaBatch),
});
export type StatementList = z.infer<typeof statementListSchema>;

export const statementPageSchema = z
  .object({
    statements: z.array(z.union([statementSchema, dsaStatementSchema])),
    nextCursor: z.string().nullable().describe('Ask again with it for what follows; null at the end'),
  })
  .meta({ id: 'StatementPage' });
export type StatementPage = z.infer<typeof statementPageSchema>;
