import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { blobFields, blobSettings } from '#libs/blobs';
import { busFields, busSettings } from '#libs/events';
import { imageLimitFields, imageLimits } from '#libs/images';
import { fields, loadConfig } from '#libs/platform';

/** Enough pictures loading and decoding beside those in a model that no inference thread waits for one. */
const picturesBesideInference = 4;
/** On a GPU a run with many pictures costs hardly more than one with one; on a CPU batches cost more per picture. */
const cudaBatch = 32;
const cudaBatchDelayMs = 5;

const schema = z.object({
  WORKER_PORT: fields.port(8081).describe('Port of health and metrics; 0 takes a free one'),
  HOST: fields.text('127.0.0.1').describe('Address to listen on'),
  LOG_LEVEL: fields.logLevel().describe('Least severe log line that is written'),
  DATABASE_URL: fields.postgresUrl().describe('Postgres with the policies and the bus'),
  DATA_DIR: fields.text('.data').describe('Folder for what a process keeps'),
  ...blobFields,
  ...busFields,
  MODELS_DIR: fields.text('models').describe('Folder of model packs; every deep one in it is opened'),
  FAST_PACK: fields
    .text('nsfw-mobilenet-v2')
    .describe('Model pack of the fast tier, for what was submitted to be classified later'),
  DEVICE: z.enum(['cpu', 'cuda']).default('cpu').meta({ example: 'cpu' }).describe('Execution provider'),
  INFERENCE_THREADS: fields
    .integer(availableParallelism(), { min: 1, max: 256 })
    .describe('Threads that run the models; default one a core'),
  WORKER_BATCH: fields.integer(8, { min: 1, max: 1000 }).describe('Most events taken from the bus at once'),
  WORKER_CONCURRENCY: fields
    .integer(2, { min: 1, max: 64 })
    .describe('Batches in work at once, per topic: one loads while another is scored'),
  WORKER_PICTURES: fields
    .integer(0, { max: 10_000 })
    .describe(
      `Pictures in memory at once; 0 means INFERENCE_THREADS + ${picturesBesideInference}, or ${2 * cudaBatch} on cuda`,
    ),
  ...imageLimitFields,
  SAMPLED_FRAMES: fields
    .integer(4, { min: 1, max: 64 })
    .describe('Frames of an animation that are scored: first, last, evenly spaced'),
});

/**
 * The worker's configuration, from the environment.
 *
 * @throws ConfigError naming every variable that does not fit
 */
export const readWorkerConfig = (env?: Record<string, string | undefined>) => {
  const read = loadConfig(schema, env);
  const onCuda = read.DEVICE === 'cuda';
  return {
    port: read.WORKER_PORT,
    host: read.HOST,
    logLevel: read.LOG_LEVEL,
    databaseUrl: read.DATABASE_URL,
    blobs: blobSettings(read),
    bus: busSettings(read),
    batch: { size: read.WORKER_BATCH, concurrency: read.WORKER_CONCURRENCY },
    pictures: {
      atOnce:
        read.WORKER_PICTURES || (onCuda ? 2 * cudaBatch : read.INFERENCE_THREADS + picturesBesideInference),
      sampledFrames: read.SAMPLED_FRAMES,
      limits: imageLimits(read),
    },
    models: {
      folder: read.MODELS_DIR,
      fastPack: read.FAST_PACK,
      provider: read.DEVICE,
      threads: read.INFERENCE_THREADS,
      maxBatch: onCuda ? cudaBatch : 1,
      maxDelayMs: onCuda ? cudaBatchDelayMs : 0,
    },
  };
};
export type WorkerConfig = ReturnType<typeof readWorkerConfig>;

/** Injection token of the configuration. */
export const CONFIG = Symbol('worker configuration');
