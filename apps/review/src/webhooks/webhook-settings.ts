import type { BreakerRule, RetryRule } from '#libs/domain';
import { fields } from '#libs/platform';
import { z } from 'zod';

const hourMs = 3_600_000;

/** A host as `URL` writes it: lower case, without port. */
const hostSchema = z
  .string()
  .transform((host) => host.trim().toLowerCase())
  .refine(
    (host) => /^(\[[0-9a-f:.]+\]|[^\s/:@[\]]+)$/.test(host),
    'must be host names or addresses, with commas',
  );

/** What an operator may set about webhooks. */
export const webhookFields = {
  WEBHOOK_ALLOWED_HOSTS: z
    .string()
    .transform((text) => text.split(',').filter((host) => host.trim() !== ''))
    .pipe(z.array(hostSchema))
    .default([])
    .describe('Hosts, with commas, that webhooks may go to though they are private, and by http')
    .meta({ example: 'hooks.internal,10.0.0.5' }),
  WEBHOOK_CONCURRENCY: fields
    .integer(8, { min: 1, max: 100 })
    .describe('Deliveries under way at once to one endpoint, over all review processes'),
  WEBHOOK_CONNECT_TIMEOUT_MS: fields
    .integer(3_000, { min: 50, max: 30_000 })
    .describe('Milliseconds for a connection to an endpoint, TLS included'),
  WEBHOOK_TIMEOUT_MS: fields
    .integer(10_000, { min: 100, max: 60_000 })
    .describe('Milliseconds for a whole delivery: name, connection, request and answer'),
  WEBHOOK_RETRY_HOURS: fields
    .integer(24, { min: 1, max: 168 })
    .describe('A delivery that fails is tried again for so long'),
  WEBHOOK_RETRY_FIRST_MS: fields
    .integer(5_000, { min: 1, max: 600_000 })
    .describe('Milliseconds that the first retry waits at most; each further one twice as long'),
  WEBHOOK_RETRY_LONGEST_MS: fields
    .integer(hourMs, { min: 1, max: 24 * hourMs })
    .describe('Milliseconds that any retry waits at most'),
  WEBHOOK_BREAKER_FAILURES: fields
    .integer(10, { min: 1, max: 1_000 })
    .describe('Failures in a row after which an endpoint is left alone for a while'),
  WEBHOOK_BREAKER_FIRST_MS: fields
    .integer(5_000, { min: 1, max: hourMs })
    .describe('Milliseconds for which it is left alone at first; doubled by every trial that fails'),
  WEBHOOK_BREAKER_LONGEST_MS: fields
    .integer(300_000, { min: 1, max: hourMs })
    .describe('Milliseconds for which it is left alone at most'),
  WEBHOOK_POLL_MS: fields
    .integer(1_000, { min: 10, max: 60_000 })
    .describe('How often what is due is looked for, beside being told'),
  WEBHOOK_RETENTION_DAYS: fields
    .integer(30, { min: 1, max: 3650 })
    .describe('Deliveries that have ended stay in the log for so many days'),
};

export interface WebhookSettings {
  allowedHosts: ReadonlySet<string>;
  concurrency: number;
  connectTimeoutMs: number;
  timeoutMs: number;
  retry: RetryRule;
  breaker: BreakerRule;
  pollMs: number;
  retentionDays: number;
}

export const webhookSettings = (read: z.output<z.ZodObject<typeof webhookFields>>): WebhookSettings => ({
  allowedHosts: new Set(read.WEBHOOK_ALLOWED_HOSTS),
  concurrency: read.WEBHOOK_CONCURRENCY,
  connectTimeoutMs: read.WEBHOOK_CONNECT_TIMEOUT_MS,
  timeoutMs: read.WEBHOOK_TIMEOUT_MS,
  retry: {
    firstMs: read.WEBHOOK_RETRY_FIRST_MS,
    longestMs: read.WEBHOOK_RETRY_LONGEST_MS,
    windowMs: read.WEBHOOK_RETRY_HOURS * hourMs,
  },
  breaker: {
    threshold: read.WEBHOOK_BREAKER_FAILURES,
    firstMs: read.WEBHOOK_BREAKER_FIRST_MS,
    longestMs: read.WEBHOOK_BREAKER_LONGEST_MS,
  },
  pollMs: read.WEBHOOK_POLL_MS,
  retentionDays: read.WEBHOOK_RETENTION_DAYS,
});
