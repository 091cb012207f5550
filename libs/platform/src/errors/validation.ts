import { StandardSchemaValidationPipe } from '@nestjs/common';
import type { z } from 'zod';
import { Problem } from './problem.js';

interface Issue {
  message: string;
  path?: readonly (PropertyKey | { key: PropertyKey })[];
}

const pathOf = ({ path }: Issue): string =>
  (path ?? []).map((step) => String(typeof step === 'object' ? step.key : step)).join('.');

const invalid = (issues: readonly Issue[]): Problem =>
  new Problem(
    'invalid_request',
    issues.map((issue) => `${pathOf(issue) || 'request'}: ${issue.message}`).join('; '),
    {
      fields: issues.map((issue) => ({ path: pathOf(issue), message: issue.message })),
    },
  );

/** Checks `@Body({ schema })`, `@Query({ schema })` and `@Param(…, { schema })`; what does not fit is `invalid_request`. */
export const validationPipe = (): StandardSchemaValidationPipe =>
  new StandardSchemaValidationPipe({ exceptionFactory: invalid });

/** The same check by hand. @throws Problem `invalid_request` with the fields' paths */
export const parseOrRefuse = <Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error.issues);
};
