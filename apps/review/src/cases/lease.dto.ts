import { z } from 'zod';
import { isStorableText, maxNoteLength } from '#libs/domain';
import { caseSchema, queueSchema } from './case.dto.js';

/** As many as a grid shows at once. */
export const maxTogether = 50;

const leaseSchema = z
  .object({
    token: z.uuid().describe('Present it with every step on this case'),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'Lease' });

const textOf = (maxLength: number) =>
  z.string().max(maxLength).refine(isStorableText, 'text has neither NUL nor half characters');
export const noteSchema = textOf(maxNoteLength);
const maxSkipReasonLength = 500;

export const claimSchema = z
  .object({
    queue: queueSchema.optional().describe('Without it: wherever you may claim'),
    count: z
      .number()
      .int()
      .min(1)
      .max(maxTogether)
      .optional()
      .describe('For a grid: as many as this at once, answered as a list'),
  })
  .meta({ id: 'Claim' });
export type ClaimRequest = z.infer<typeof claimSchema>;

export const claimedCaseSchema = z
  .object({ case: caseSchema, lease: leaseSchema })
  .meta({ id: 'ClaimedCase' });
export type ClaimedCase = z.infer<typeof claimedCaseSchema>;
export const claimedCasesSchema = z
  .object({ claimed: z.array(claimedCaseSchema).min(1) })
  .meta({ id: 'ClaimedCases' });
export type ClaimedCases = z.infer<typeof claimedCasesSchema>;

export const bearerSchema = z.object({ leaseToken: z.uuid() }).meta({ id: 'LeaseBearer' });
export type LeaseBearer = z.infer<typeof bearerSchema>;

export const renewedSchema = z.object({ lease: leaseSchema }).meta({ id: 'RenewedLease' });
export type RenewedLease = z.infer<typeof renewedSchema>;

export const renewManySchema = z
  .object({
    leases: z
      .array(z.object({ caseId: z.uuid(), leaseToken: z.uuid() }))
      .min(1)
      .max(maxTogether),
  })
  .meta({ id: 'LeaseRenewals' });
export type RenewManyRequest = z.infer<typeof renewManySchema>;
export const renewedManySchema = z
  .object({
    leases: z.array(
      z.object({
        caseId: z.uuid(),
        lease: leaseSchema.nullable().describe('Null: lost, somebody else may have the case'),
      }),
    ),
  })
  .meta({ id: 'RenewedLeases' });
export type RenewedLeases = z.infer<typeof renewedManySchema>;

export const skipSchema = bearerSchema
  .extend({
    reason: textOf(maxSkipReasonLength).min(1).describe('For whoever has it next, and for the audit'),
  })
  .meta({ id: 'Skip' });
export type SkipRequest = z.infer<typeof skipSchema>;

export const escalateSchema = bearerSchema
  // A bare lease token was enough before there were notes.
  .extend({ note: noteSchema.min(1).optional().describe('What the senior should know') })
  .meta({ id: 'Escalation' });
export type EscalateRequest = z.infer<typeof escalateSchema>;
