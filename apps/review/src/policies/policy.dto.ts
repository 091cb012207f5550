import { z } from 'zod';
import { isStorableText, plainText } from '#libs/domain';
import { maxYamlLength } from '#libs/policies';

const instant = z.iso.datetime();

export const policyNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,63}$/, 'the name of a policy is a short lower-case word');
const versionSchema = z.number().int().min(1).max(999_999_999);
/** Which version is meant, as it stands in a path or a query. */
const versionTextSchema = z
  .string()
  .regex(
    /^(current|[1-9][0-9]{0,8}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/,
    'a version is its number, current, or the id of a draft',
  );

const personSchema = z
  .object({ id: z.uuid(), displayName: z.string() })
  .nullable()
  .describe('null for the system, and for an operator at the command line');

const documentSchema = z
  .record(z.string(), z.unknown())
  .describe('See GET /v1/policies/schema. A draft may be unfinished');

export const versionSummarySchema = z
  .object({
    name: policyNameSchema,
    version: versionSchema,
    publishedAt: instant,
    publishedBy: personSchema,
    reason: z.string().nullable().describe('Why; null for what was published before reasons were asked for'),
    basedOn: versionSchema.nullable().describe('The version that it was made from'),
  })
  .meta({ id: 'PolicyVersionSummary' });
export type VersionSummary = z.infer<typeof versionSummarySchema>;

export const versionViewSchema = versionSummarySchema
  .extend({
    kind: z.literal('version'),
    isCurrent: z.boolean().describe('Whether gateways and workers judge by it'),
    document: z.unknown().describe('As it is judged by: what it does not say is filled in'),
  })
  .meta({ id: 'PolicyVersion' });

export const draftSummarySchema = z
  .object({
    id: z.uuid(),
    name: policyNameSchema,
    title: z.string(),
    notes: z.string(),
    basedOn: versionSchema.nullable(),
    revision: z.number().int().describe('Say with a change which one you saw'),
    createdBy: personSchema,
    createdAt: instant,
    updatedBy: personSchema,
    updatedAt: instant,
    publishedVersion: versionSchema.nullable().describe('The version that it became'),
  })
  .meta({ id: 'PolicyDraftSummary' });
export type DraftSummary = z.infer<typeof draftSummarySchema>;

export const draftViewSchema = draftSummarySchema
  .extend({ kind: z.literal('draft'), document: z.unknown().describe('As it was sent') })
  .meta({ id: 'PolicyDraft' });
export type DraftView = z.infer<typeof draftViewSchema>;

export const versionOrDraftSchema = z.union([versionViewSchema, draftViewSchema]);
export type VersionOrDraft = z.infer<typeof versionOrDraftSchema>;

export const policySummarySchema = z
  .object({
    name: policyNameSchema,
    current: versionSummarySchema.nullable().describe('null while there are only drafts'),
    drafts: z.number().int().describe('How many drafts are open'),
  })
  .meta({ id: 'PolicySummary' });
export type PolicySummary = z.infer<typeof policySummarySchema>;

const nextCursor = z.string().nullable().describe('Ask again with it for what follows; null at the end');
export const policyPageSchema = z
  .object({ policies: z.array(policySummarySchema), nextCursor })
  .meta({ id: 'PolicyPage' });
export type PolicyPage = z.infer<typeof policyPageSchema>;
export const versionPageSchema = z
  .object({ versions: z.array(versionSummarySchema), nextCursor })
  .meta({ id: 'PolicyVersionPage' });
export type VersionPage = z.infer<typeof versionPageSchema>;
export const draftListSchema = z
  .object({ drafts: z.array(draftSummarySchema) })
  .meta({ id: 'PolicyDraftList' });
export type DraftList = z.infer<typeof draftListSchema>;

const limit = z.coerce.number().int().min(1).max(100).default(50);
export const policyPageQuerySchema = z.object({ cursor: policyNameSchema.optional(), limit });
export const versionPageQuerySchema = z.object({
  cursor: z
    .string()
    .regex(/^[1-9][0-9]{0,8}$/)
    .optional(),
  limit,
});
export const formatSchema = z.object({ format: z.enum(['json', 'yaml']).default('json') });
export const diffQuerySchema = z.object({
  from: versionTextSchema,
  to: versionTextSchema.default('current'),
});
export const nameParamSchema = z.object({ name: policyNameSchema });
export const versionParamSchema = z.object({ name: policyNameSchema, version: versionTextSchema });
export const draftParamSchema = z.object({ name: policyNameSchema, version: z.uuid() });

const title = z.string().trim().max(200).refine(isStorableText, 'text has neither NUL nor half characters');
const notes = z.string().max(4000).refine(isStorableText, 'text has neither NUL nor half characters');
const yaml = z.string().max(maxYamlLength).describe('The document as YAML, instead of `document`');

const contents = { document: documentSchema.optional(), yaml: yaml.optional() };
const howMany = (...given: unknown[]): number => given.filter((each) => each !== undefined).length;

export const newPolicySchema = z
  .strictObject({ name: policyNameSchema, ...contents, title: title.default(''), notes: notes.default('') })
  .refine(({ document, yaml }) => howMany(document, yaml) <= 1, 'send a document or yaml, not both')
  .meta({ id: 'NewPolicy' });
export type NewPolicy = z.infer<typeof newPolicySchema>;

export const newDraftSchema = z
  .strictObject({
    ...contents,
    fromVersion: versionSchema.optional().describe('Begin with a copy of this version'),
    title: title.default(''),
    notes: notes.default(''),
  })
  .refine(
    ({ document, yaml, fromVersion }) => howMany(document, yaml, fromVersion) === 1,
    'send one of document, yaml and fromVersion',
  )
  .meta({ id: 'NewPolicyDraft' });
export type NewDraft = z.infer<typeof newDraftSchema>;

const revision = z.number().int().min(1).max(999_999_999).describe('The revision of the draft that you saw');
export const draftChangeSchema = z
  .strictObject({ revision, ...contents, title: title.optional(), notes: notes.optional() })
  .refine(({ document, yaml }) => howMany(document, yaml) <= 1, 'send a document or yaml, not both')
  .meta({ id: 'PolicyDraftChange' });
export type DraftChange = z.infer<typeof draftChangeSchema>;

export const candidateSchema = z
  .strictObject(contents)
  .refine(({ document, yaml }) => howMany(document, yaml) === 1, 'send one of document and yaml')
  .meta({ id: 'PolicyCandidate' });
export type Candidate = z.infer<typeof candidateSchema>;

const reason = plainText(1000).describe('Why, for whoever reads the list of versions and the audit');
const expectedCurrent = versionSchema
  .nullable()
  .describe('The version that holds as far as you know; null where the policy has none yet');
export const publicationSchema = z
  .strictObject({ reason, expectedCurrent, revision: revision.optional() })
  .meta({ id: 'PolicyPublication' });
export type PublicationRequest = z.infer<typeof publicationSchema>;
export const rollbackSchema = z
  .strictObject({ to: versionSchema, reason, expectedCurrent: versionSchema })
  .meta({ id: 'PolicyRollback' });
export type RollbackRequest = z.infer<typeof rollbackSchema>;

const findingSchema = z.object({ path: z.string(), message: z.string() });
export const validationSchema = z
  .object({
    problems: z.array(findingSchema).describe('It cannot be published while there are any'),
    warnings: z.array(findingSchema).describe('Allowed, but probably not meant'),
  })
  .meta({ id: 'PolicyValidation' });
export type Validation = z.infer<typeof validationSchema>;

export const changesSchema = z
  .object({
    changes: z.array(
      z.object({
        path: z.string(),
        kind: z.enum(['added', 'changed', 'removed']),
        from: z.unknown().optional(),
        to: z.unknown().optional(),
      }),
    ),
  })
  .meta({ id: 'PolicyChanges' });
export type Changes = z.infer<typeof changesSchema>;

/** Which of a policy's versions is meant. */
export type VersionRef =
  { kind: 'current' } | { kind: 'version'; version: number } | { kind: 'draft'; id: string };

/** @param text as `versionTextSchema` lets it through */
export const versionRef = (text: string): VersionRef => {
  if (text === 'current') return { kind: 'current' };
  return text.includes('-') ? { kind: 'draft', id: text } : { kind: 'version', version: Number(text) };
};
