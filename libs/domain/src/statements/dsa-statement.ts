import { z } from 'zod';
import { dsaCategories, dsaKeywords } from './dsa-category.js';
import { maxFactsLength, type Statement } from './statement.js';
import { eeaCountries } from './territory.js';

/** Statements that the database takes in one call. */
export const maxDsaBatch = 100;

const firstDay = '2020-01-01';
const dsaDay = z.iso.date().refine((day) => day >= firstDay, `not before ${firstDay}`);

const common = {
  decision_visibility: z
    .array(z.enum(['DECISION_VISIBILITY_CONTENT_REMOVED', 'DECISION_VISIBILITY_CONTENT_DISABLED']))
    .min(1),
  decision_ground_reference_url: z.url().max(500).optional(),
  content_type: z.array(z.literal('CONTENT_TYPE_IMAGE')).min(1),
  category: z.enum(dsaCategories),
  category_specification: z.array(z.enum(dsaKeywords)).min(1).optional(),
  territorial_scope: z.array(z.enum(eeaCountries)).min(1),
  content_date: dsaDay,
  application_date: dsaDay,
  decision_facts: z.string().min(1).max(maxFactsLength),
  source_type: z.literal('SOURCE_VOLUNTARY'),
  automated_detection: z.enum(['Yes', 'No']),
  automated_decision: z.enum([
    'AUTOMATED_DECISION_FULLY',
    'AUTOMATED_DECISION_PARTIALLY',
    'AUTOMATED_DECISION_NOT_AUTOMATED',
  ]),
  puid: z.string().regex(/^[A-Za-z0-9_-]{1,500}$/),
};
const groundText = z.string().min(1).max(500);
const explanationText = z.string().min(1).max(2000);

/**
 * One statement as the Commission's DSA Transparency Database takes it (API version 2; docs/statements.md names the
 * sources): the fields and values that a service like this ever sends, not all that the database knows.
 */
export const dsaStatementSchema = z.discriminatedUnion('decision_ground', [
  z.strictObject({
    ...common,
    decision_ground: z.literal('DECISION_GROUND_ILLEGAL_CONTENT'),
    illegal_content_legal_ground: groundText,
    illegal_content_explanation: explanationText,
  }),
  z.strictObject({
    ...common,
    decision_ground: z.literal('DECISION_GROUND_INCOMPATIBLE_CONTENT'),
    incompatible_content_ground: groundText,
    incompatible_content_explanation: explanationText,
  }),
]);
export type DsaStatement = z.infer<typeof dsaStatementSchema>;

const actions = {
  removed: 'DECISION_VISIBILITY_CONTENT_REMOVED',
  disabled: 'DECISION_VISIBILITY_CONTENT_DISABLED',
} as const;
const automation = {
  fully: 'AUTOMATED_DECISION_FULLY',
  partially: 'AUTOMATED_DECISION_PARTIALLY',
  not: 'AUTOMATED_DECISION_NOT_AUTOMATED',
} as const;

/** A statement in the database's words; the end of the restriction is left out, which means that it has none. Pure. */
export const dsaStatementOf = (statement: Statement): DsaStatement => {
  const { restriction, ground, dsa } = statement;
  const { territorialScope: scope } = restriction;
  return {
    decision_visibility: [actions[restriction.action]],
    ...groundOf(ground),
    ...(ground.url === null ? {} : { decision_ground_reference_url: ground.url }),
    content_type: ['CONTENT_TYPE_IMAGE'],
    category: dsa.category,
    ...(dsa.keywords.length === 0 ? {} : { category_specification: dsa.keywords }),
    territorial_scope: scope === 'worldwide' ? [...eeaCountries] : scope,
    content_date: statement.content.receivedAt.slice(0, 10),
    application_date: restriction.startsAt.slice(0, 10),
    decision_facts: statement.facts,
    source_type: 'SOURCE_VOLUNTARY',
    automated_detection: statement.automatedDetection ? 'Yes' : 'No',
    automated_decision: automation[statement.automatedDecision],
    puid: statement.id,
  };
};

const groundOf = ({ kind, reference, explanation }: Statement['ground']) =>
  kind === 'illegal'
    ? ({
        decision_ground: 'DECISION_GROUND_ILLEGAL_CONTENT',
        illegal_content_legal_ground: reference,
        illegal_content_explanation: explanation,
      } as const)
    : ({
        decision_ground: 'DECISION_GROUND_INCOMPATIBLE_CONTENT',
        incompatible_content_ground: reference,
        incompatible_content_explanation: explanation,
      } as const);
