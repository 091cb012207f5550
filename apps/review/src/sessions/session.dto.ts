import { z } from 'zod';
import { emailSchema, moderatorRoles } from '#libs/database';

export const credentialsSchema = z
  .object({
    email: emailSchema,
    password: z.string().min(1).max(256),
    totp: z
      .string()
      .trim()
      .min(6)
      .max(40)
      .optional()
      .describe('Code of the second factor, or a recovery code'),
  })
  .meta({ id: 'Credentials' });
export type Credentials = z.infer<typeof credentialsSchema>;

export const signedInSchema = z
  .object({
    id: z.uuid(),
    email: z.string(),
    displayName: z.string(),
    role: z.enum(moderatorRoles),
    duties: z
      .array(z.enum(['new_password', 'second_factor']))
      .describe('What has to be done before any other route is open'),
  })
  .meta({ id: 'SignedIn' });
export type SignedIn = z.infer<typeof signedInSchema>;

export const ownSessionsSchema = z
  .object({
    sessions: z.array(
      z.object({
        id: z.uuid(),
        isThisOne: z.boolean(),
        method: z.enum(['password', 'totp', 'oidc']),
        address: z.string().nullable(),
        userAgent: z.string().nullable(),
        createdAt: z.iso.datetime(),
        lastSeenAt: z.iso.datetime(),
        expiresAt: z.iso.datetime(),
      }),
    ),
  })
  .meta({ id: 'OwnSessions' });
export type OwnSessions = z.infer<typeof ownSessionsSchema>;

export const sessionIdSchema = z.object({ id: z.uuid() });
