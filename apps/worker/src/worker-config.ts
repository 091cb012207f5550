import { z } from 'zod';
import { blobFields, blobSettings } from '#libs/blobs';
import { busFields, busSettings } from '#libs/events';
import { fields, loadConfig } from '#libs/platform';
import { modelFields, modelSettings } from './models/model-settings.js';
import { pictureFields, pictureSettings } from './pictures/picture-settings.js';

/** Enough events for the pictures in work, and for those that are loaded ahead of them. */
const eventsOnCpu = 8;
const batchesOnGpu = 2;

const schema = z.object({
  WORKER_PORT: fields.port(8081).describe('Port of health and metrics; 0 takes a free one'),
  HOST: fields.text('127.0.0.1').describe('Address to listen on'),
  LOG_LEVEL: fields.logLevel().describe('Least severe log line that is written'),
  DATABASE_URL: fields.postgresUrl().describe('Postgres with the policies and the bus'),
  DATA_DIR: fields.text('.data').describe('Folder for what a process keeps'),
  ...blobFields,
  ...busFields,
  ...modelFields,
  WORKER_BATCH: fields
    .integer(0, { max: 1000 })
    .describe(
      `Most events taken from the bus at once; 0 means ${eventsOnCpu}, on a GPU ${batchesOnGpu} x MODEL_BATCH`,
    ),
  WORKER_CONCURRENCY: fields
    .integer(2, { min: 1, max: 64 })
    .describe('Batches in work at once, per topic: one loads while another is scored'),
  ...pictureFields,
});

/**
 * The worker's configuration, from the environment.
 *
 * @throws ConfigError naming every variable that does not fit
 */
export const readWorkerConfig = (env?: Record<string, string | undefined>) => {
  const read = loadConfig(schema, env);
  const models = modelSettings(read);
  // auto hopes for a GPU, and its memory is bounded either way
  const device = models.device === 'auto' ? 'cuda' : models.device;
  const onGpu = device !== 'cpu';
  const tuning = models.tuning[device];
  return {
    port: read.WORKER_PORT,
    host: read.HOST,
    logLevel: read.LOG_LEVEL,
    databaseUrl: read.DATABASE_URL,
    blobs: blobSettings(read),
    bus: busSettings(read),
    batch: {
      size: read.WORKER_BATCH || (onGpu ? batchesOnGpu * tuning.maxBatch : eventsOnCpu),
      concurrency: read.WORKER_CONCURRENCY,
    },
    pictures: pictureSettings(read, onGpu, tuning),
    models,
  };
};
export type WorkerConfig = ReturnType<typeof readWorkerConfig>;

/** Injection token of the configuration. */
export const CONFIG = Symbol('worker configuration');
