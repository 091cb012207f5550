import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, type Logger, pino } from 'pino';
import { messageOf, serializeError } from './serialize-error.js';

export type { Logger } from 'pino';

/** Fields that are never written, wherever a logged object carries them. */
const secretPaths = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'apiKey',
  'token',
  'leaseToken',
].flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

/** JSON lines on stdout (unless told where else), one logger a process. */
export const createLogger = (service: string, level = 'info', destination?: DestinationStream): Logger => {
  const options = {
    name: service,
    level,
    redact: { paths: secretPaths, censor: '[redacted]' },
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: (error: unknown) => serializeError(error) },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  return destination ? pino(options, destination) : pino(options);
};

/** Lets Nest write its own lines through the process's logger. */
export class NestPinoLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...context: unknown[]): void {
    this.logger.debug({ context: context.at(-1) }, String(message));
  }

  warn(message: unknown, ...context: unknown[]): void {
    this.logger.warn({ context: context.at(-1) }, String(message));
  }

  error(message: unknown, ...context: unknown[]): void {
    // Strings only: an error among them would be written with all that hangs on it.
    const told = context.filter((each) => typeof each === 'string');
    if (message instanceof Error) this.logger.error({ err: message, context: told }, messageOf(message));
    else this.logger.error({ context: told }, String(message));
  }

  debug(message: unknown, ...context: unknown[]): void {
    this.logger.debug({ context: context.at(-1) }, String(message));
  }
}
