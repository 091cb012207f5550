import { HttpException } from '@nestjs/common';
import type { ProblemCode } from '#libs/domain';
import { Problem } from './problem.js';

/** Fastify's errors carry a status; anything without one is a fault of ours. */
const statusOf = (error: unknown): number => {
  if (error instanceof HttpException) return error.getStatus();
  const status =
    typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' ? status : 500;
};

const codeOfStatus: Partial<Record<number, ProblemCode>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  408: 'request_timeout',
  409: 'conflict',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  429: 'rate_limited',
  503: 'unavailable',
};

/** Any thrown value as a problem. What happened inside stays in `cause`, for the log; the caller is not told. */
export const toProblem = (error: unknown): Problem => {
  if (error instanceof Problem) return error;
  const status = statusOf(error);
  if (status >= 500 && status !== 503) {
    return new Problem(
      'internal_error',
      'Something failed on our side; nothing was decided about the image.',
      {
        cause: error,
      },
    );
  }
  const code = codeOfStatus[status] ?? 'invalid_request';
  return new Problem(code, error instanceof Error ? error.message : code, { cause: error });
};
