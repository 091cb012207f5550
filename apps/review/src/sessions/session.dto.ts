import { emailSchema, moderatorRoles } from '#libs/database';
import { z } from 'zod';

export const credentialsSchema = z
  .object({ email: emailSchema, password: z.string().min(1).max(256) })
  .meta({ id: 'Credentials' });
export type Credentials = z.infer<typeof credentialsSchema>;

export const moderatorSchema = z
  .object({ id: z.uuid(), email: z.string(), displayName: z.string(), role: z.enum(moderatorRoles) })
  .meta({ id: 'Moderator' });
