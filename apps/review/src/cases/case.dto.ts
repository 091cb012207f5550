import { z } from 'zod';
import {
  caseStates,
  contentSchema,
  humanVerdictSchema,
  judgementSchema,
  maxNoteLength,
  reasonCodeSchema,
  tierSchema,
  verdictSchema,
} from '#libs/domain';

const instant = z.iso.datetime();

/** A tier's judgement as a moderator sees it. */
const seenJudgementSchema = judgementSchema
  .pick({ tier: true, verdict: true, policy: true, categories: true, reasons: true, models: true })
  .extend({ at: instant });

export const caseSchema = z
  .object({
    id: z.uuid(),
    state: z.enum(caseStates),
    queue: z.string(),
    dueAt: instant.describe('When a person should have looked at it'),
    createdAt: instant,
    decidedAt: instant.nullable(),
    content: contentSchema
      .pick({
        id: true,
        sha256: true,
        mediaType: true,
        width: true,
        height: true,
        bytes: true,
        surface: true,
        reference: true,
      })
      .extend({ receivedAt: instant }),
    verdict: verdictSchema.nullable().describe('The verdict that holds now'),
    tier: tierSchema.nullable().describe('Who gave it'),
    machine: seenJudgementSchema.nullable().describe('What the machines concluded'),
    lease: z
      .object({ holderId: z.uuid(), expiresAt: instant })
      .nullable()
      .describe('Who holds it; an expired lease is anybody’s'),
    decision: z
      .object({
        verdict: humanVerdictSchema,
        reason: z.string(),
        note: z.string().nullable(),
        moderatorId: z.uuid(),
        decidedAt: instant,
      })
      .nullable(),
  })
  .meta({ id: 'Case' });
export type CaseView = z.infer<typeof caseSchema>;

export const casePageSchema = z
  .object({
    cases: z.array(caseSchema),
    nextCursor: z.string().nullable().describe('Ask again with it for what follows; null at the end'),
  })
  .meta({ id: 'CasePage' });
export type CasePage = z.infer<typeof casePageSchema>;

const queueSchema = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, 'a queue is a short lower-case word');

export const maxPageSize = 100;
export const listSchema = z.object({
  state: z.enum(caseStates).optional(),
  queue: queueSchema.optional(),
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(maxPageSize).default(50),
});
export type ListQuery = z.infer<typeof listSchema>;

export const caseIdSchema = z.object({ id: z.uuid() });
export const renditionSchema = z.object({ rendition: z.enum(['blurred', 'original']).default('blurred') });
export type Rendition = z.infer<typeof renditionSchema>['rendition'];

export const claimSchema = z.object({ queue: queueSchema.optional() }).meta({ id: 'Claim' });

const leaseSchema = z
  .object({ token: z.uuid().describe('Present it with every step on this case'), expiresAt: instant })
  .meta({ id: 'Lease' });
export const claimedSchema = z.object({ case: caseSchema, lease: leaseSchema }).meta({ id: 'ClaimedCase' });
export type ClaimedCase = z.infer<typeof claimedSchema>;
export const renewedSchema = z.object({ lease: leaseSchema }).meta({ id: 'RenewedLease' });
export type RenewedLease = z.infer<typeof renewedSchema>;

export const bearerSchema = z.object({ leaseToken: z.uuid() }).meta({ id: 'LeaseBearer' });

export const decisionRequestSchema = bearerSchema
  .extend({
    verdict: humanVerdictSchema,
    reason: reasonCodeSchema,
    // Postgres stores no NUL in text.
    note: z
      .string()
      .max(maxNoteLength)
      .refine((note) => !note.includes('\0'), 'a note is text, without NUL')
      .nullish(),
  })
  .meta({ id: 'DecisionRequest' });
export type DecisionRequest = z.infer<typeof decisionRequestSchema>;
