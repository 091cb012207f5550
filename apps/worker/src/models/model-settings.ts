import { availableParallelism } from 'node:os';
import { z } from 'zod';
import type { Provider } from '#libs/inference';
import { fields } from '#libs/platform';

/** Their resizes, which stay on the CPU, keep a GPU waiting where there are fewer; each holds every model on it. */
const threadsPerGpu = 4;

/** How models run on a device. */
export interface Tuning {
  threads: number;
  maxBatch: number;
  maxDelayMs: number;
}

/**
 * Measured on CPUs, where a batch costs more per picture than its pictures alone; estimated for GPUs, where a run with
 * many pictures costs hardly more than one with one, and each thread holds a copy of every model. docs/adr/0008.
 */
const defaults = (provider: Provider, gpus: number): Tuning => {
  const cores = availableParallelism();
  switch (provider) {
    case 'cpu':
      return { threads: cores, maxBatch: 1, maxDelayMs: 0 };
    case 'cuda':
    case 'tensorrt':
      // more threads than cores only where there are more GPUs than cores: each wants one at least
      return { threads: Math.max(gpus, Math.min(threadsPerGpu * gpus, cores)), maxBatch: 32, maxDelayMs: 5 };
    case 'webgpu':
      return { threads: 1, maxBatch: 8, maxDelayMs: 5 };
  }
};

const longestDelayMs = 1_000;
const mostBatch = 256;

const devicesSchema = z
  .string()
  .regex(/^\d{1,3}(,\d{1,3})*$/, 'must be numbers, comma between several')
  .transform((text) => text.split(',').map(Number))
  .refine((numbers) => new Set(numbers).size === numbers.length, 'names a GPU twice');

const concurrencySchema = z
  .string()
  .regex(/^[^:,\s]+:[1-9]\d{0,2}(,[^:,\s]+:[1-9]\d{0,2})*$/, 'must be pack:runs, comma between several')
  .transform((text) => text.split(',').map((each) => each.split(':') as [string, string]))
  .refine((pairs) => new Set(pairs.map(([name]) => name)).size === pairs.length, 'names a pack twice')
  .transform((pairs): Record<string, number> =>
    Object.fromEntries(pairs.map(([name, runs]) => [name, Number(runs)])),
  );

/** The variables about models and what they run on. */
export const modelFields = {
  MODELS_DIR: fields.text('models').describe('Folder of model packs; every deep one in it is opened'),
  FAST_PACK: fields
    .text('nsfw-mobilenet-v2')
    .describe('Model pack of the fast tier, for what was submitted to be classified later'),
  DEVICE: z
    .enum(['cpu', 'cuda', 'tensorrt', 'webgpu', 'auto'])
    .default('cpu')
    .meta({ example: 'cpu' })
    .describe('What the models run on; auto is cuda where it works, and else, with a warning, cpu'),
  CUDA_DEVICE: fields
    .integer(0, { max: 255 })
    .describe('Which GPU, as CUDA counts them; for several, CUDA_DEVICES'),
  CUDA_DEVICES: devicesSchema
    .optional()
    .meta({ example: '0,1' })
    .describe('Which GPUs, over which the threads are spread; left out, the one of CUDA_DEVICE'),
  INFERENCE_THREADS: fields
    .integer(0, { max: 256 })
    .describe(
      'Threads that run the models; 0 means one a core, on cuda and tensorrt at most 4 a GPU, on webgpu 1',
    ),
  MODEL_BATCH: fields
    .integer(0, { max: mostBatch })
    .describe('Most views in one run of a model; 0 means 1 on cpu, 32 on cuda and tensorrt, 8 on webgpu'),
  MODEL_BATCH_DELAY_MS: fields
    .integer(-1, { min: -1, max: longestDelayMs })
    .describe('Longest that a view waits for others to fill a batch; -1 means 0 on cpu, 5 elsewhere'),
  MODEL_CONCURRENCY: concurrencySchema
    .default({})
    .meta({ example: 'nsfw-inception-v3:2,efficientnet-lite0:1' })
    .describe('Most runs at once of a pack, each as pack:runs; a pack not named may use every thread'),
  MODEL_TIMEOUT_SECONDS: fields
    .integer(30, { min: 1, max: 3_600 })
    .describe('A run that takes longer fails, and its thread is replaced'),
};

type Read = z.output<z.ZodObject<typeof modelFields>>;

/** What the models are opened with. */
export const modelSettings = (read: Read) => ({
  folder: read.MODELS_DIR,
  fastPack: read.FAST_PACK,
  device: read.DEVICE,
  devices: devicesOf(read),
  tuning: {
    cpu: tuningOn('cpu', read),
    cuda: tuningOn('cuda', read),
    tensorrt: tuningOn('tensorrt', read),
    webgpu: tuningOn('webgpu', read),
  } satisfies Record<Provider, Tuning>,
  mostRuns: read.MODEL_CONCURRENCY,
  batchLimitMs: read.MODEL_TIMEOUT_SECONDS * 1_000,
});
export type ModelSettings = ReturnType<typeof modelSettings>;

const devicesOf = (read: Read): number[] => read.CUDA_DEVICES ?? [read.CUDA_DEVICE];

const tuningOn = (provider: Provider, read: Read): Tuning => {
  const usual = defaults(provider, devicesOf(read).length);
  return {
    threads: read.INFERENCE_THREADS || usual.threads,
    maxBatch: read.MODEL_BATCH || usual.maxBatch,
    maxDelayMs: read.MODEL_BATCH_DELAY_MS < 0 ? usual.maxDelayMs : read.MODEL_BATCH_DELAY_MS,
  };
};
