import { z } from 'zod';
import { appealStates } from '#libs/database';
import { isStorableText, maxReferenceLength } from '#libs/domain';

/** What an uploader may say, in characters. */
export const maxAppealReasonLength = 4000;

const instant = z.iso.datetime();
const text = (longest: number) =>
  z.string().max(longest).refine(isStorableText, 'is text, with neither NUL nor half characters');

export const appealRequestSchema = z
  .strictObject({
    reason: text(maxAppealReasonLength)
      .refine((reason) => reason.trim() !== '', 'says why')
      .describe('The uploader’s own words, for the person who decides'),
    reference: text(maxReferenceLength).nullish().describe('Your own name for the appeal'),
  })
  .meta({ id: 'AppealRequest' });
export type AppealRequest = z.infer<typeof appealRequestSchema>;

export const appealSchema = z
  .object({
    id: z.uuid(),
    contentId: z.uuid(),
    state: z
      .enum(appealStates)
      .describe(
        'upheld: the block stays. overturned: it is undone. withdrawn: the content was erased before',
      ),
    reason: z.string().nullable().describe('Null once erased'),
    reference: z.string().nullable(),
    filedAt: instant,
    concludedAt: instant.nullable(),
  })
  .meta({ id: 'Appeal' });
export type AppealView = z.infer<typeof appealSchema>;

export const contentAppealsSchema = z
  .object({ appeals: z.array(appealSchema).describe('The latest first') })
  .meta({ id: 'ContentAppeals' });
export type ContentAppeals = z.infer<typeof contentAppealsSchema>;

export const listedAppealSchema = appealSchema.extend({ caseId: z.uuid() }).meta({ id: 'ListedAppeal' });
export type ListedAppeal = z.infer<typeof listedAppealSchema>;

export const appealPageSchema = z
  .object({
    appeals: z.array(listedAppealSchema),
    nextCursor: z.string().nullable().describe('Ask again with it for what follows; null at the end'),
  })
  .meta({ id: 'AppealPage' });
export type AppealPage = z.infer<typeof appealPageSchema>;

const maxPageSize = 100;
export const appealListSchema = z.object({
  state: z.enum(appealStates).optional(),
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(maxPageSize).default(50),
});
export type AppealList = z.infer<typeof appealListSchema>;

export const contentIdSchema = z.object({ id: z.uuid() });
export type ContentId = z.infer<typeof contentIdSchema>;
