import { HttpException } from '@nestjs/common';
import { Problem, retryAfterOf } from './problem.js';
import { toProblem } from './to-problem.js';

describe('toProblem', () => {
  it('passes a problem through unchanged', () => {
    const problem = new Problem('lease_lost', 'the lease ran out');
    expect(toProblem(problem)).toBe(problem);
  });

  it('keeps the status of framework errors and gives them a stable code', () => {
    expect(toProblem(new HttpException('too big', 413))).toMatchObject({
      code: 'payload_too_large',
      status: 413,
    });
    expect(toProblem(Object.assign(new Error('bad type'), { statusCode: 415 })).code).toBe(
      'unsupported_media_type',
    );
    expect(toProblem(new HttpException('odd', 418))).toMatchObject({ code: 'invalid_request', status: 400 });
  });

  it('tells nothing about a fault of ours', () => {
    const problem = toProblem(new Error('connect ECONNREFUSED postgres://user:hunter2@db'));
    expect(JSON.stringify(problem)).not.toContain('hunter2');
    expect(problem).toMatchObject({ code: 'internal_error', status: 500 });
  });
});

describe('retryAfterOf', () => {
  it('is set for what passes by itself and for nothing else', () => {
    expect(retryAfterOf(new Problem('overloaded', 'busy'))).toBe(1);
    expect(retryAfterOf(new Problem('rate_limited', 'slow down', { retryAfterSeconds: 7 }))).toBe(7);
    expect(retryAfterOf(new Problem('undecodable_image', 'broken'))).toBeUndefined();
  });
});
