import { z } from 'zod';
import { queueNameSchema } from '#libs/domain';

const instant = z.iso.datetime();
/** As a Date: of a year that Postgres cannot read, such as 0000, the driver makes one that it can. */
const moment = instant.transform((text) => new Date(text));
const count = z.number().int();

export const qualityQuerySchema = z
  .object({
    from: moment.optional().describe('Not before; 30 days before `to` unless said'),
    to: moment.optional().describe('Before; now unless said'),
    queue: queueNameSchema.optional(),
  })
  .refine(({ from, to }) => !from || !to || from < to, {
    path: ['from'],
    message: 'must lie before to',
  });
export type QualityQuery = z.output<typeof qualityQuerySchema>;

const estimateSchema = z
  .object({ value: z.number(), lower: z.number(), upper: z.number() })
  .describe('With the bounds of its 95 % confidence interval')
  .meta({ id: 'Estimate' });

const personSchema = z.object({ id: z.uuid(), name: z.string() });
const category = z
  .string()
  .nullable()
  .describe('The machines’ worst at that time; null where no model had looked');

const accuracy = {
  looks: count,
  right: count,
  missed: count.describe('Allowed, and to be blocked'),
  overblocked: count.describe('Blocked, and to be allowed'),
  accuracy: estimateSchema.nullable(),
};
const agreement = {
  looks: count,
  bothAllow: count,
  bothBlock: count,
  allowBlock: count.describe('The first allowed, the second blocked'),
  blockAllow: count,
  agreement: estimateSchema.nullable(),
  kappa: estimateSchema
    .nullable()
    .describe('Cohen’s kappa; null without looks, and where all gave the same verdict'),
};
const appeals = {
  decided: count,
  overturned: count,
  rate: estimateSchema.nullable(),
};
const categoryAgreementSchema = z.object({ category, ...agreement });

export const qualitySchema = z
  .object({
    from: instant,
    to: instant,
    queue: z.string().nullable(),
    golden: z.object({
      overall: z.object(accuracy),
      categories: z.array(z.object({ category, ...accuracy })),
      moderators: z.array(z.object({ moderator: personSchema, ...accuracy })),
    }),
    secondLooks: z.object({
      overall: z.object(agreement).describe('Whoever decided first with whoever looked second'),
      categories: z.array(categoryAgreementSchema),
      pairs: z.array(
        z.object({
          moderators: z
            .array(personSchema)
            .length(2)
            .describe(
              'The first of `allowBlock` and `blockAllow`, then the second; either may have decided first',
            ),
          ...agreement,
          categories: z.array(categoryAgreementSchema),
        }),
      ),
    }),
    appeals: z
      .object({
        overall: z.object(appeals),
        moderators: z.array(z.object({ moderator: personSchema, ...appeals })),
      })
      .describe(
        'Of the appeals filed in this time that are decided: how many overturned the decision before',
      ),
  })
  .meta({ id: 'Quality' });
export type QualityView = z.infer<typeof qualitySchema>;
