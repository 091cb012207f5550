import { z } from 'zod';
import { blobFields, blobSettings } from '#libs/blobs';
import { busFields, busSettings } from '#libs/events';
import { fields, loadConfig, secretsKeyField } from '#libs/platform';
import { webhookFields, webhookSettings } from './webhooks/webhook-settings.js';
import { secondFactorFields, secondFactorSettings } from './accounts/second-factor-settings.js';
import { oidcFields, oidcSettings } from './sessions/oidc/oidc-settings.js';

const schema = z.object({
  REVIEW_PORT: fields.port(8082).describe('Port of the review app; 0 takes a free one'),
  HOST: fields.text('127.0.0.1').describe('Address to listen on'),
  LOG_LEVEL: fields.logLevel().describe('Least severe log line that is written'),
  TRUST_PROXY: fields
    .proxies()
    .describe('Whether X-Forwarded-* headers come from a proxy of yours; or from how many'),
  DATABASE_URL: fields.postgresUrl().describe('Postgres with the ledger, cases, accounts and the bus'),
  REVIEW_POOL_SIZE: fields.integer(10, { min: 2, max: 500 }).describe('Connections to Postgres at most'),
  DATA_DIR: fields.text('.data').describe('Folder for what a process keeps'),
  ...blobFields,
  ...busFields,
  SECRETS_KEY: secretsKeyField(),
  ...webhookFields,
  LEASE_SECONDS: fields
    .integer(600, { min: 10, max: 86_400 })
    .describe('How long a moderator holds a case before others may claim it'),
  SIMILAR_MEMORY_MB: fields
    .integer(256, { min: 1, max: 65_536 })
    .describe(
      'Megabytes for embeddings that similar pictures are searched among, where the database has no index',
    ),
  UNDO_SECONDS: fields
    .integer(300, { min: 0, max: 86_400 })
    .describe('For how long a moderator may replace their own last decision on a case; 0: not at all'),
  APPEAL_SLA_HOURS: fields
    .integer(72, { min: 1, max: 8_760 })
    .describe('Within how many hours a person should look at an appeal'),
  GOLDEN_RATE: fields
    .fraction(0.02)
    .describe('Share of claimed cases that are golden ones, whose right answer is known; 0: none'),
  SECOND_LOOK_RATE: fields
    .fraction(0.02)
    .describe('Share of decisions that a second person makes again, without knowing the first; 0: none'),
  SESSION_IDLE_MINUTES: fields
    .integer(60, { min: 1, max: 10_080 })
    .describe('A session ends after this long without a request'),
  SESSION_HOURS: fields
    .integer(12, { min: 1, max: 720 })
    .describe('A session ends after this long, however busy'),
  SESSION_ROTATE_MINUTES: fields
    .integer(15, { min: 1, max: 1_440 })
    .describe('How long a session keeps the same cookie'),
  ...secondFactorFields,
  ...oidcFields,
  SECURE_COOKIES: fields
    .flag(false)
    .describe('Whether browsers reach the review app by https; cookies are then never sent without it'),
});

/**
 * The review app's configuration, from the environment.
 *
 * @throws ConfigError naming every variable that does not fit
 */
export const readReviewConfig = (env?: Record<string, string | undefined>) => {
  const read = loadConfig(schema, env);
  return {
    port: read.REVIEW_PORT,
    host: read.HOST,
    logLevel: read.LOG_LEVEL,
    trustProxy: read.TRUST_PROXY,
    databaseUrl: read.DATABASE_URL,
    poolSize: read.REVIEW_POOL_SIZE,
    blobs: blobSettings(read),
    bus: busSettings(read),
    secretsKeys: read.SECRETS_KEY,
    webhooks: webhookSettings(read),
    leaseSeconds: read.LEASE_SECONDS,
    undoSeconds: read.UNDO_SECONDS,
    similarMemoryMb: read.SIMILAR_MEMORY_MB,
    appealSlaHours: read.APPEAL_SLA_HOURS,
    goldenRate: read.GOLDEN_RATE,
    secondLookRate: read.SECOND_LOOK_RATE,
    session: {
      idleMinutes: read.SESSION_IDLE_MINUTES,
      hours: read.SESSION_HOURS,
      rotateMinutes: read.SESSION_ROTATE_MINUTES,
      secureCookies: read.SECURE_COOKIES,
    },
    secondFactor: secondFactorSettings(read),
    oidc: oidcSettings(read),
  };
};
export type ReviewConfig = ReturnType<typeof readReviewConfig>;

/** Injection token of the configuration. */
export const CONFIG = Symbol('review configuration');
