import { z } from 'zod';
import { categorySchema, humanVerdictSchema, plainText, queueNameSchema } from '#libs/domain';

const instant = z.iso.datetime();
const maxNoteLength = 2000;
const noteSchema = plainText(maxNoteLength);

export const newGoldenSchema = z
  .strictObject({
    caseId: z.uuid().describe('A decided case'),
    verdict: humanVerdictSchema.describe('The right answer, whatever was decided'),
    category: categorySchema
      .optional()
      .describe('What the picture is an example of; else the machines’ worst'),
    queue: queueNameSchema.optional().describe('Where people are given it; else where its case was'),
    note: noteSchema.describe('Why this is the right answer'),
  })
  .meta({ id: 'NewGoldenCase' });
export type NewGolden = z.output<typeof newGoldenSchema>;

export const goldenSchema = z
  .object({
    id: z.uuid(),
    caseId: z.uuid(),
    contentId: z.uuid(),
    queue: z.string(),
    verdict: humanVerdictSchema,
    category: z.string().nullable(),
    note: z.string(),
    madeBy: z.uuid(),
    madeAt: instant,
    retiredBy: z.uuid().nullable(),
    retiredAt: instant.nullable(),
    hasPicture: z.boolean().describe('False once the picture was erased: nobody is given it any more'),
    looks: z.number().int().describe('How many people have decided it'),
    right: z.number().int().describe('How many of them as `verdict` says'),
  })
  .meta({ id: 'GoldenCase' });
export type GoldenView = z.infer<typeof goldenSchema>;

export const goldenPageSchema = z
  .object({ golden: z.array(goldenSchema), nextCursor: z.string().nullable() })
  .meta({ id: 'GoldenPage' });
export type GoldenPage = z.infer<typeof goldenPageSchema>;

export const goldenListSchema = z.object({
  retired: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional(),
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});
export type GoldenList = z.output<typeof goldenListSchema>;

export const goldenIdSchema = z.object({ id: z.uuid() });
export const retirementSchema = z
  .strictObject({ reason: noteSchema.describe('Why nobody is given it any more') })
  .meta({ id: 'GoldenRetirement' });
export type Retirement = z.output<typeof retirementSchema>;
