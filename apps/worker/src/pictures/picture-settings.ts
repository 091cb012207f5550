import { z } from 'zod';
import { imageLimitFields, imageLimits } from '#libs/images';
import { fields } from '#libs/platform';

const megabyte = 1_000_000;

/** Enough pictures decoding beside those in a model that no inference thread waits for one. */
const picturesBesideInference = 4;
/** Beside the batch that a GPU is at, the next one gathers. */
const batchesOnGpu = 2;

/** Room for every picture that may be in work, of a usual size, and for a few huge ones. */
const defaultViewMegabytes = { cpu: 256, gpu: 1_024 };

/** The variables about pictures on their way from the store to the models. */
export const pictureFields = {
  WORKER_PICTURES: fields
    .integer(0, { max: 10_000 })
    .describe(
      `Pictures decoded at once; 0 means INFERENCE_THREADS + ${picturesBesideInference}, on a GPU ${batchesOnGpu} x MODEL_BATCH`,
    ),
  WORKER_PICTURE_BYTES: fields
    .integer(0)
    .describe(
      `Memory for decoded pictures; 0 means ${defaultViewMegabytes.cpu} MB, on a GPU ${defaultViewMegabytes.gpu} MB. A picture larger than that is decoded alone`,
    ),
  WORKER_LOADS: fields
    .integer(16, { min: 1, max: 1_000 })
    .describe('Pictures being read from the store at once'),
  WORKER_PREFETCH_BYTES: fields
    .integer(64 * megabyte, { min: 1 })
    .describe('Memory for stored images that are loaded ahead of decoding'),
  ...imageLimitFields,
  SAMPLED_FRAMES: fields
    .integer(4, { min: 1, max: 64 })
    .describe('Frames of an animation that are scored: first, last, evenly spaced'),
};

type Read = z.output<z.ZodObject<typeof pictureFields>>;

/** @param tuning of the device that the models will run on, or are hoped to */
export const pictureSettings = (
  read: Read,
  onGpu: boolean,
  tuning: { threads: number; maxBatch: number },
) => ({
  atOnce:
    read.WORKER_PICTURES ||
    (onGpu ? batchesOnGpu * tuning.maxBatch : tuning.threads * tuning.maxBatch + picturesBesideInference),
  viewBytes: read.WORKER_PICTURE_BYTES || defaultViewMegabytes[onGpu ? 'gpu' : 'cpu'] * megabyte,
  loadsAtOnce: read.WORKER_LOADS,
  prefetchBytes: read.WORKER_PREFETCH_BYTES,
  sampledFrames: read.SAMPLED_FRAMES,
  limits: imageLimits(read),
});
export type PictureSettings = ReturnType<typeof pictureSettings>;
