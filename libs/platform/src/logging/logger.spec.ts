import { describe, expect, it } from '@jest/globals';
import { createLogger, NestPinoLogger } from './logger.js';

/** What is written of an error that is logged as `err`. */
const logged = (log: (logger: ReturnType<typeof createLogger>) => void): { line: string; err: unknown } => {
  let line = '';
  log(createLogger('test', 'info', { write: (text) => (line += text) }));
  return { line, err: (JSON.parse(line) as { err: unknown }).err };
};

/** As TypeORM throws it: the driver's own properties are copied on. */
const aFailedQuery = (message: string, code: string): Error =>
  Object.assign(new Error(message), {
    code,
    query: 'SELECT hidden',
    parameters: ['hidden'],
    detail: 'Key (note)=(hidden) exists',
    driverError: Object.assign(new Error(message), { parameters: ['hidden'], detail: 'hidden' }),
  });

describe('an error in the log', () => {
  it('is told by type, message, code and stack, without what hangs on it', () => {
    const { line, err } = logged((logger) =>
      logger.error({ err: aFailedQuery('relation "x" is missing', '42P01') }, 'failed'),
    );
    expect(err).toEqual({
      type: 'Error',
      message: 'relation "x" is missing',
      code: '42P01',
      stack: expect.stringContaining('logger.spec.ts'),
    });
    expect(line).not.toContain('hidden');
  });

  it('is told with all its causes, which keep as little', () => {
    const failed = aFailedQuery('broken', '08006');
    const error = new TypeError('above', { cause: new Error('between', { cause: failed }) });
    const { line, err } = logged((logger) => logger.error(error));
    expect(err).toMatchObject({
      type: 'TypeError',
      cause: { message: 'between', cause: { message: 'broken', code: '08006' } },
    });
    expect(line).not.toContain('hidden');
  });

  it.each([
    'invalid input syntax for type uuid: "hidden"',
    'value "hidden" is out of range for type integer',
    'invalid input syntax for type json: "hid"den\n hidden"',
  ])('does not quote the value that Postgres could not take: %j', (message) => {
    for (const { line } of [
      logged((logger) => logger.error({ err: aFailedQuery(message, '22P02') }, 'failed')),
      logged((logger) => new NestPinoLogger(logger).error(aFailedQuery(message, '22P02'))),
    ]) {
      expect(line).not.toMatch(/hid/);
      expect(line).toContain('for type');
    }
  });

  it('is told to an end where its causes go in a circle', () => {
    const error = new Error('round');
    error.cause = error;
    expect(logged((logger) => logger.error({ err: error }, 'failed')).err).toMatchObject({
      message: 'round',
    });
  });

  it('may be something else that was thrown', () => {
    expect(logged((logger) => logger.error({ err: 'words' }, 'failed')).err).toMatchObject({
      message: 'words',
    });
    expect(
      logged((logger) => logger.error({ err: { parameters: ['hidden'] } }, 'failed')).line,
    ).not.toContain('hidden');
  });
});
