import { z } from 'zod';
import { categoryPatternSchema } from '../category.js';
import { policyRefSchema } from '../judgement.js';
import { groundSchema } from '../policy/reason-codes.js';
import { dsaCategories, dsaKeywords } from './dsa-category.js';
import { territorialScopeSchema } from './territory.js';

const instant = z.iso.datetime();
const page = z.string().nullable();

/** The longest text that the transparency database takes for facts and circumstances, in characters. */
export const maxFactsLength = 5000;

/**
 * Why a picture was restricted: what Regulation (EU) 2022/2065, Article 17(3) asks the service to tell whoever uploaded
 * it. Kept with the verdict as it was issued; holds nothing about the uploader or the moderator. Field names are a
 * contract: add, never rename.
 */
export const statementSchema = z
  .object({
    id: z.uuid(),
    contentId: z.uuid(),
    issuedAt: instant,
    /** (a): whether it is removed or disabled, where, and how long */
    restriction: z.object({
      kind: z.literal('visibility'),
      action: z.enum(['removed', 'disabled']),
      territorialScope: territorialScopeSchema,
      startsAt: instant,
      endsAt: z.null().describe('It has no end by itself'),
    }),
    /** (b) */
    facts: z.string().min(1).max(maxFactsLength),
    source: z.literal('own_initiative').describe('No notice under Article 16 was given'),
    /** (c) */
    automatedDetection: z.boolean(),
    automatedDecision: z.enum(['fully', 'partially', 'not']),
    /** (d) or (e) */
    ground: groundSchema.extend({ url: page }),
    reason: z.string().nullable().describe('The policy’s reason code; null where it has none that fits'),
    category: categoryPatternSchema.nullable().describe('What it rests on; null where it rests on none'),
    dsa: z.object({ category: z.enum(dsaCategories), keywords: z.array(z.enum(dsaKeywords)) }),
    content: z.object({ kind: z.literal('image'), receivedAt: instant }),
    policy: policyRefSchema,
    /** (f) */
    redress: z.object({
      complaint: z.object({
        until: instant.nullable().describe('Null: this decision was made on a complaint, there is no second'),
        url: page,
      }),
      outOfCourt: z.object({ url: page }),
      court: z.literal(true).describe('Going to court stays open in any case'),
    }),
  })
  .meta({ id: 'StatementOfReasons' });
export type Statement = z.infer<typeof statementSchema>;
