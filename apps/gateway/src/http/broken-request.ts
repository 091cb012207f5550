import type { Socket } from 'node:net';
import { type ProblemCode } from '#libs/domain';
import { Problem } from '#libs/platform';

/**
 * Answers what never became a request, or stopped being one: bad syntax, a body that does not fit its Content-Length,
 * headers that are too large or too slow. The connection ends, since where the next request would begin is unknown.
 */
export const answerBrokenRequest = (error: Error & { code?: string }, socket: Socket): void => {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const problem = problemOf(error.code);
  const body = JSON.stringify(problem);
  if (socket.writable)
    socket.write(
      `HTTP/1.1 ${problem.status} ${reasons[problem.status]}\r\n` +
        'content-type: application/problem+json\r\n' +
        `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    );
  socket.destroySoon();
};

const reasons: Record<number, string> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  413: 'Content Too Large',
};

const problemOf = (code: string | undefined): Problem => {
  const known = (problemCode: ProblemCode, detail: string): Problem => new Problem(problemCode, detail);
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return known('request_timeout', 'The request did not arrive in time; nothing was decided.');
  if (code === 'HPE_HEADER_OVERFLOW') return known('payload_too_large', 'The headers are too large.');
  return known(
    'invalid_request',
    'This is not a request that can be read: its syntax is broken, or its body does not fit its Content-Length.',
  );
};
