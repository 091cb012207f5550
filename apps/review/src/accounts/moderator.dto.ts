import { z } from 'zod';
import { emailSchema, moderatorRoles } from '#libs/database';
import { plainText, queueNameSchema } from '#libs/domain';

const displayName = plainText(100);
const queues = z
  .array(queueNameSchema)
  .min(1, 'must name a queue; null means all of them')
  .max(100)
  .transform((names) => [...new Set(names)])
  .nullable()
  .describe('The queues that the person works on; null: all');

export const moderatorIdSchema = z.object({ id: z.uuid() });

export const newModeratorSchema = z
  .object({
    email: emailSchema,
    displayName,
    role: z.enum(moderatorRoles),
    queues: queues.default(null),
  })
  .meta({ id: 'NewModerator' });
export type NewModeratorRequest = z.infer<typeof newModeratorSchema>;

export const moderatorChangeSchema = z
  .object({
    displayName: displayName.optional(),
    role: z.enum(moderatorRoles).optional(),
    disabled: z.boolean().optional(),
    queues: queues.optional(),
  })
  .refine((change) => Object.values(change).some((value) => value !== undefined), 'must change something')
  .meta({ id: 'ModeratorChange' });
export type ModeratorChange = z.infer<typeof moderatorChangeSchema>;

export const moderatorSchema = z
  .object({
    id: z.uuid(),
    email: z.string(),
    displayName: z.string(),
    role: z.enum(moderatorRoles),
    queues: z.array(z.string()).nullable(),
    hasPassword: z.boolean().describe('Otherwise the person signs in by the identity provider only'),
    hasSecondFactor: z.boolean(),
    createdAt: z.iso.datetime(),
    disabledAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Moderator' });
export type ModeratorView = z.infer<typeof moderatorSchema>;

/** An account as the database gives it. */
export type ModeratorRow = Omit<ModeratorView, 'createdAt' | 'disabledAt'> & {
  createdAt: Date;
  disabledAt: Date | null;
};

export const initialPasswordSchema = z
  .object({ initialPassword: z.string().describe('Opens the way to choose another; shown only now') })
  .meta({ id: 'InitialPassword' });
export type InitialPassword = z.infer<typeof initialPasswordSchema>;

export const moderatorCreatedSchema = z
  .object({ moderator: moderatorSchema, ...initialPasswordSchema.shape })
  .meta({ id: 'ModeratorCreated' });
export type ModeratorCreated = z.infer<typeof moderatorCreatedSchema>;

export const moderatorListSchema = z.object({
  cursor: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});
export type ModeratorListQuery = z.infer<typeof moderatorListSchema>;

export const moderatorPageSchema = z
  .object({ moderators: z.array(moderatorSchema), nextCursor: z.uuid().nullable() })
  .meta({ id: 'ModeratorPage' });
export type ModeratorPage = z.infer<typeof moderatorPageSchema>;
