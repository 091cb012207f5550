import { z } from 'zod';
import { policyDocumentSchema } from './policy.js';

/**
 * A policy document as JSON Schema (draft 2020-12), for editors and for programs that write policies. It knows the
 * fields and their ranges; what fields say of one another (review not above block) only `examinePolicy` knows.
 */
export const policyJsonSchema = (): Record<string, unknown> => {
  const { $schema, ...schema } = z.toJSONSchema(policyDocumentSchema, {
    target: 'draft-2020-12',
    io: 'input',
  });
  return {
    $schema,
    title: 'Policy',
    description:
      'What an installation judges by: thresholds by category and tier, and what differs on a surface.',
    ...schema,
  };
};
