import { z } from 'zod';

const instant = z.iso.datetime();
/** As a Date: of a year that Postgres cannot read, such as 0000, the driver makes one that it can. */
const moment = instant.transform((text) => new Date(text));

/** Also what the audit may be asked about: `case.decided`, `policy.published` … */
const actSchema = z.string().regex(/^[a-z][a-z_]*\.[a-z][a-z_]*$/, 'an act is <subject>.<past participle>');

export const auditEntrySchema = z
  .object({
    id: z.uuid(),
    at: instant,
    actor: z.object({
      kind: z.enum(['moderator', 'service', 'system']),
      id: z.uuid().nullable().describe('The moderator’s or the API key’s; null for the system'),
      name: z.string().nullable().describe('What the account or the key is called now'),
    }),
    act: z.string(),
    subject: z.object({ kind: z.string(), id: z.string() }),
    details: z.record(z.string(), z.unknown()),
    seal: z
      .object({ sequence: z.number().int(), hash: z.string() })
      .nullable()
      .describe('Its place in the hash chain; null in the first moments'),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntryView = z.infer<typeof auditEntrySchema>;

export const auditPageSchema = z
  .object({
    entries: z.array(auditEntrySchema),
    nextCursor: z.string().nullable().describe('Ask again with it for what came before; null at the end'),
  })
  .meta({ id: 'AuditPage' });
export type AuditPage = z.infer<typeof auditPageSchema>;

export const auditQuerySchema = z.object({
  actor: z
    .union([z.uuid(), z.literal('system')])
    .optional()
    .describe('A moderator’s or an API key’s id, or system'),
  act: actSchema.optional(),
  subject: z
    .string()
    .regex(/^[a-z_]{1,40}:[^\0]{1,200}$/, 'a subject is <kind>:<id>, e.g. case:0199…')
    .transform((text) => {
      const colon = text.indexOf(':');
      return { kind: text.slice(0, colon), id: text.slice(colon + 1) };
    })
    .optional(),
  from: moment.optional().describe('Not before'),
  to: moment.optional().describe('Before'),
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});
export type AuditQuery = z.infer<typeof auditQuerySchema>;
