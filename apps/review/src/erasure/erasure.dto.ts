import { z } from 'zod';

export const erasureScopes = ['image', 'personal', 'all'] as const;
export type ErasureScope = (typeof erasureScopes)[number];

export const erasedContentIdSchema = z.object({ id: z.uuid() });

const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((value) => value === 'true');

export const erasureQuerySchema = z
  .object({
    scope: z
      .enum(erasureScopes)
      .describe('image: the picture. personal: the caller’s reference, and what people wrote. all: both'),
    force: flag.describe('Also where a person has yet to decide: what is open is withdrawn. Admins only'),
    forgetHash: flag.describe(
      'Also forget what people decided on this picture: it is a new one when it comes again. With scope=all, admins only',
    ),
  })
  .refine(({ scope, forgetHash }) => scope === 'all' || !forgetHash, {
    path: ['forgetHash'],
    message: 'needs scope=all',
  });
export type ErasureQuery = z.infer<typeof erasureQuerySchema>;

export const erasureSchema = z
  .object({
    id: z.uuid(),
    scope: z.enum(erasureScopes),
    picture: z
      .enum(['deleted', 'scheduled', 'shared', 'none', 'untouched'])
      .describe(
        'deleted: its bytes are gone. scheduled: they go within about an hour of the last upload of the same picture. shared: another content needs the same bytes. none: there were none. untouched: not asked for',
      ),
    withdrawn: z.number().int().describe('Cases and appeals that were open'),
  })
  .meta({ id: 'Erasure' });
export type ErasureView = z.infer<typeof erasureSchema>;
