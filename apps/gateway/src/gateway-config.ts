import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { blobFields, blobSettings } from '#libs/blobs';
import { busFields, busSettings } from '#libs/events';
import { imageLimitFields, imageLimits } from '#libs/images';
import { ConfigError, fields, loadConfig } from '#libs/platform';

/** Looks (decode, hash, model) in progress for each inference thread: about half a second of work when full. */
const looksPerThread = 16;

const schema = z.object({
  GATEWAY_PORT: fields.port(8080).describe('Port of the gateway; 0 takes a free one'),
  HOST: fields.text('127.0.0.1').describe('Address to listen on'),
  LOG_LEVEL: fields.logLevel().describe('Least severe log line that is written'),
  TRUST_PROXY: fields
    .proxies()
    .describe('Whether X-Forwarded-* headers come from a proxy of yours; or from how many'),
  DATABASE_URL: fields.postgresUrl().describe('Postgres with policies, keys, known content and the bus'),
  DATA_DIR: fields.text('.data').describe('Folder for what a process keeps'),
  ...blobFields,
  ...busFields,
  MODELS_DIR: fields.text('models').describe('Folder of model packs'),
  FAST_PACK: fields.text('nsfw-mobilenet-v2').describe('Model pack of the fast tier'),
  DEVICE: z.enum(['cpu', 'cuda']).default('cpu').meta({ example: 'cpu' }).describe('Execution provider'),
  INFERENCE_THREADS: fields
    .integer(availableParallelism(), { min: 1, max: 256 })
    .describe('Threads that run the fast model; default one a core'),
  QUEUE_LIMIT: fields
    .integer(0, { max: 100_000 })
    .describe(`New pictures in work at once, then 503; 0 means ${looksPerThread} a thread`),
  PERCEPTUAL_HASHING: fields.flag(true).describe('Whether PDQ hashes are made and near copies looked up'),
  MAX_BYTES: fields
    .integer(20 * 1024 * 1024, { min: 1024, max: 1 << 30 })
    .describe('Largest upload, in bytes'),
  ...imageLimitFields,
  SAMPLED_FRAMES: fields
    .integer(4, { min: 1, max: 64 })
    .describe('Frames of an animation that are scored: first, last, evenly spaced'),
  UPLOAD_MEMORY_BYTES: fields
    .integer(64 * 1024 * 1024, { min: 1024 })
    .describe('Bytes of request bodies held in memory at once, then 503; at least MAX_BYTES'),
  MAX_UPLOADS: fields.integer(512, { min: 1 }).describe('Request bodies being received at once, then 503'),
  BODY_TIMEOUT_SECONDS: fields
    .integer(15, { min: 1, max: 3600 })
    .describe('Longest wait for a request body, then 408'),
  SCORE_CACHE_BYTES: fields.integer(32 * 1024 * 1024).describe('Memory of the score cache; 0 turns it off'),
  RATE_LIMIT_PER_MINUTE: fields
    .integer(6000)
    .describe('Requests a minute of a key that has no limit of its own; 0 means none'),
  LEDGER_SAMPLE_RATE: fields.fraction(1).describe('Share of allowed content written to the ledger'),
});

/**
 * The gateway's configuration, from the environment.
 *
 * @throws ConfigError naming every variable that does not fit, by itself or with another
 */
export const readGatewayConfig = (env?: Record<string, string | undefined>) => {
  const read = loadConfig(schema, env);
  if (read.MAX_BYTES > read.UPLOAD_MEMORY_BYTES) {
    const problem = `is larger than UPLOAD_MEMORY_BYTES (${read.UPLOAD_MEMORY_BYTES}): the largest uploads would never be received`;
    throw new ConfigError([{ name: 'MAX_BYTES', problem, example: `${read.UPLOAD_MEMORY_BYTES}` }]);
  }
  return {
    port: read.GATEWAY_PORT,
    host: read.HOST,
    logLevel: read.LOG_LEVEL,
    trustProxy: read.TRUST_PROXY,
    databaseUrl: read.DATABASE_URL,
    blobs: blobSettings(read),
    bus: busSettings(read),
    ledgerSampleRate: read.LEDGER_SAMPLE_RATE,
    /** requests a minute and key; 0 for no limit */
    rateLimitPerMinute: read.RATE_LIMIT_PER_MINUTE,
    uploads: {
      maxBytes: read.MAX_BYTES,
      memoryBytes: read.UPLOAD_MEMORY_BYTES,
      maxReceiving: read.MAX_UPLOADS,
      bodyTimeoutMs: read.BODY_TIMEOUT_SECONDS * 1000,
    },
    images: imageLimits(read),
    scores: {
      modelsDir: read.MODELS_DIR,
      fastPack: read.FAST_PACK,
      provider: read.DEVICE,
      threads: read.INFERENCE_THREADS,
      queueLimit: read.QUEUE_LIMIT || read.INFERENCE_THREADS * looksPerThread,
      cacheBytes: read.SCORE_CACHE_BYTES,
      perceptualHashing: read.PERCEPTUAL_HASHING,
      sampledFrames: read.SAMPLED_FRAMES,
    },
  };
};
export type GatewayConfig = ReturnType<typeof readGatewayConfig>;

/** Injection token of the configuration. */
export const CONFIG = Symbol('gateway configuration');
