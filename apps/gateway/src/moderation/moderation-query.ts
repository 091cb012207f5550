import { z } from 'zod';
import { audienceSchema, defaultSurface, maxReferenceLength, surfaceSchema } from '#libs/domain';

/** Query of `POST /v1/moderate`. Parameters that are not named here are ignored. */
export const moderationQuerySchema = z.object({
  surface: surfaceSchema
    .default(defaultSurface)
    .describe('Where the image will be shown; the policy names the surfaces'),
  reference: z
    .string()
    .max(maxReferenceLength)
    // Postgres keeps neither in text.
    .refine((text) => !/[\0\p{Surrogate}]/u.test(text), 'must be text without NUL and unpaired surrogates')
    .nullable()
    .default(null)
    .describe('Your own name for the image; comes back in answers and webhooks'),
  audience: z
    .string()
    .regex(/^\d{1,10}$/, 'must be a whole number, from 0 on')
    .transform(Number)
    .pipe(audienceSchema)
    .optional()
    .describe('How many people will see it, by your estimate; urgent cases reach a person first'),
  mode: z.enum(['sync', 'async']).default('sync').describe('async: answered at once, classified later'),
});
export type ModerationQuery = z.output<typeof moderationQuerySchema>;
