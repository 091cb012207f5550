import { z } from 'zod';
import { humanVerdictSchema, type ProblemCode, problems, reasonCodeSchema } from '#libs/domain';
import { caseSchema } from './case.dto.js';
import { bearerSchema, maxTogether, noteSchema } from './lease.dto.js';

/** 2^31 - 1: what the column holds, 24 days */
const maxTimeSpentMs = 2_147_483_647;

const conclusionShape = {
  verdict: humanVerdictSchema,
  reason: reasonCodeSchema.describe('One of the policy’s reason codes, for this verdict'),
  note: noteSchema.nullish(),
  timeSpentMs: z
    .number()
    .int()
    .min(0)
    .max(maxTimeSpentMs)
    .optional()
    .describe('How long you had it before your eyes'),
};

/** Which undecided cases a decision is meant for besides its own. */
export const likenessSchema = z.enum(['same', 'near']);
export type Likeness = z.infer<typeof likenessSchema>;

export const decisionRequestSchema = bearerSchema
  .extend({
    ...conclusionShape,
    alike: likenessSchema
      .optional()
      .describe('Also for undecided cases with the same bytes, or with a near copy, that nobody else holds'),
  })
  .meta({ id: 'DecisionRequest' });
export type DecisionRequest = z.infer<typeof decisionRequestSchema>;

export const decidedSchema = caseSchema
  .extend({ alike: z.array(z.uuid()).optional().describe('The other cases that were decided with it') })
  .meta({ id: 'DecidedCase' });
export type DecidedCase = z.infer<typeof decidedSchema>;

export const alikeQuerySchema = z.object({ alike: likenessSchema.default('near') });
export const alikeSchema = z
  .object({
    cases: z.array(
      z.object({
        id: z.uuid(),
        distance: z
          .number()
          .int()
          .min(0)
          .describe('Bits in which the PDQ hashes differ; 0: the same bytes, or as like'),
      }),
    ),
  })
  .meta({ id: 'AlikeCases' });
export type AlikeCases = z.infer<typeof alikeSchema>;

export const undoSchema = z
  .object({
    decisionId: z.uuid().describe('Your own decision, the last on this case'),
    token: z.uuid().describe('Of your making: the same request under it again is answered the same'),
    ...conclusionShape,
  })
  .meta({ id: 'Undo' });
export type UndoRequest = z.infer<typeof undoSchema>;

export const decideManySchema = z
  .object({
    decisions: z
      .array(bearerSchema.extend({ caseId: z.uuid(), ...conclusionShape }))
      .min(1)
      .max(maxTogether),
  })
  .meta({ id: 'DecisionRequests' });
export type DecideManyRequest = z.infer<typeof decideManySchema>;

const problemCodes = Object.keys(problems) as [ProblemCode, ...ProblemCode[]];
const failureSchema = z.object({
  code: z.enum(problemCodes),
  detail: z.string(),
});
export const decidedManySchema = z
  .object({
    decisions: z
      .array(
        z.object({
          caseId: z.uuid(),
          case: caseSchema.nullable().describe('Null where it was not decided'),
          problem: failureSchema.nullable(),
        }),
      )
      .describe('One outcome each, in the order of the request'),
  })
  .meta({ id: 'DecisionOutcomes' });
export type DecidedMany = z.infer<typeof decidedManySchema>;
