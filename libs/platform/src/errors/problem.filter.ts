import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../logging/logger.js';
import { retryAfterOf } from './problem.js';
import { toProblem } from './to-problem.js';

/** Turns whatever was thrown into problem+json; faults of ours are logged with their cause. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    const problem = toProblem(error);
    if (problem.status >= 500 && problem.code !== 'overloaded') {
      const { method, url } = http.getRequest<FastifyRequest>();
      this.logger.error(
        { err: problem.more.cause ?? problem, code: problem.code, method, path: url.split('?')[0] },
        problem.detail,
      );
    }
    if (reply.sent || reply.raw.headersSent || reply.raw.destroyed) return;
    const retryAfter = retryAfterOf(problem);
    if (retryAfter !== undefined) void reply.header('retry-after', String(Math.ceil(retryAfter)));
    if (problem.code === 'unauthorized') void reply.header('www-authenticate', 'Bearer');
    void reply
      .status(problem.status)
      .header('content-type', 'application/problem+json')
      .serializer((body: string) => body)
      .send(JSON.stringify(problem));
  }
}
