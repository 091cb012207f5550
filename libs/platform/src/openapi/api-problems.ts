import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';
import { type ProblemCode, problems } from '#libs/domain';

/** The body of every error answer, for an OpenAPI document: see `ProblemBody`. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.enum(Object.keys(problems) as [ProblemCode, ...ProblemCode[]]).describe('Stable, for programs'),
    detail: z.string().describe('What happened, what it means, what to do next'),
    fields: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });

const retryAfter = {
  'Retry-After': { description: 'Seconds until a repetition makes sense', schema: { type: 'integer' } },
};

/** Documents the problems that a route may answer with, those with one status together. */
export const ApiProblems = (...codes: ProblemCode[]): MethodDecorator => {
  const statuses = [...new Set(codes.map((code) => problems[code].status))];
  return applyDecorators(
    ...statuses.map((status) =>
      ApiResponse({
        status,
        description: codes
          .filter((code) => problems[code].status === status)
          .map((code) => `\`${code}\`: ${problems[code].title}`)
          .join('. '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        ...(status === 429 || status === 503 ? { headers: retryAfter } : {}),
      }),
    ),
  );
};
