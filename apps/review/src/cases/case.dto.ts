import { z } from 'zod';
import {
  caseStages,
  caseStates,
  contentSchema,
  detectorNameSchema,
  evidenceSchema,
  humanVerdictSchema,
  judgementSchema,
  tierSchema,
  unheardSchema,
  verdictSchema,
} from '#libs/domain';
import { actionNames } from './case-actions.js';

const instant = z.iso.datetime();

/** A tier's judgement as a moderator sees it. */
const seenJudgementSchema = judgementSchema
  .pick({ tier: true, verdict: true, policy: true, categories: true, reasons: true, models: true })
  .extend({
    at: instant,
    unheard: z
      .array(unheardSchema)
      .describe(
        'Detectors that should have looked and have not answered; told to seniors once it is decided',
      ),
  });

/** A piece of what detectors saw. */
const shownEvidenceSchema = evidenceSchema.extend({
  detector: z
    .object({ name: detectorNameSchema, version: z.string() })
    .nullable()
    .describe('Whose it is; told to seniors once the case is decided'),
});

export const caseSchema = z
  .object({
    id: z.uuid(),
    state: z
      .enum(caseStates)
      .describe('To moderators a case that was escalated or appealed is as open as any other'),
    stage: z
      .enum(caseStages)
      .nullable()
      .describe('What it waits as while nobody holds it; told to seniors only'),
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
    verdict: verdictSchema
      .nullable()
      .describe('The verdict that holds now; to moderators, of what others decided, the machines’'),
    tier: tierSchema.nullable().describe('Who gave it'),
    machine: seenJudgementSchema.nullable().describe('What the machines concluded'),
    evidence: z
      .array(shownEvidenceSchema)
      .describe(
        'What codes say and what is written in the picture, the surest first; models’ labels too, for seniors once it is decided',
      ),
    lease: z
      .object({ holderId: z.uuid(), expiresAt: instant })
      .nullable()
      .describe('Who holds it, told to the holder and to seniors; an expired lease is anybody’s'),
    decision: z
      .object({
        id: z.uuid(),
        verdict: humanVerdictSchema,
        reason: z.string(),
        note: z.string().nullable(),
        moderatorId: z.uuid(),
        decidedAt: instant,
      })
      .nullable()
      .describe('The last one, told to who made it and to seniors'),
    notes: z
      .array(
        z.object({
          moderatorId: z.uuid(),
          kind: z.enum(['escalated', 'skipped']),
          text: z.string(),
          at: instant,
        }),
      )
      .describe('What those who gave it on wrote, the earliest first'),
    appeal: z
      .object({ id: z.uuid(), reason: z.string().nullable(), filedAt: instant })
      .nullable()
      .describe('What the uploader says against the block, told to the holder and to seniors'),
    attached: z
      .number()
      .int()
      .min(0)
      .describe('Further uploads of the same picture that are decided with it'),
    actions: z.array(z.enum(actionNames)).describe('What you may do with it now'),
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

export const queueSchema = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, 'a queue is a short lower-case word');

export const maxPageSize = 100;
export const listSchema = z.object({
  state: z.enum(caseStates).optional(),
  queue: queueSchema.optional(),
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(maxPageSize).default(50),
});
export type ListQuery = z.infer<typeof listSchema>;

export const caseIdSchema = z.object({ id: z.uuid() });
export type CaseId = z.infer<typeof caseIdSchema>;
export const renditionSchema = z.object({ rendition: z.enum(['blurred', 'original']).default('blurred') });
export type Rendition = z.infer<typeof renditionSchema>['rendition'];
