import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { ConfigError, loadConfig } from '#libs/platform';
import { modelFields, modelSettings } from './model-settings.js';

const settings = (env: Record<string, string> = {}) => modelSettings(loadConfig(z.object(modelFields), env));

describe('modelSettings', () => {
  it('tunes each device as it was measured, unless told otherwise', () => {
    const onNvidia = { threads: Math.min(4, availableParallelism()), maxBatch: 32, maxDelayMs: 5 };
    expect(settings().tuning).toEqual({
      cpu: { threads: availableParallelism(), maxBatch: 1, maxDelayMs: 0 },
      cuda: onNvidia,
      tensorrt: onNvidia,
      webgpu: { threads: 1, maxBatch: 8, maxDelayMs: 5 },
    });
    const told = { threads: 3, maxBatch: 8, maxDelayMs: 0 };
    expect(settings({ INFERENCE_THREADS: '3', MODEL_BATCH: '8', MODEL_BATCH_DELAY_MS: '0' }).tuning).toEqual({
      cpu: told,
      cuda: told,
      tensorrt: told,
      webgpu: told,
    });
  });

  it('has a thread at least for each of several GPUs', () => {
    const gpus = Array.from({ length: 200 }, (_, i) => i);
    expect(settings({ CUDA_DEVICES: gpus.join(',') }).tuning.cuda.threads).toBeGreaterThanOrEqual(200);
  });

  it('reads how often which pack may run at once', () => {
    expect(settings().mostRuns).toEqual({});
    expect(settings({ MODEL_CONCURRENCY: 'nsfw-inception-v3:2,efficientnet-lite0:1' }).mostRuns).toEqual({
      'nsfw-inception-v3': 2,
      'efficientnet-lite0': 1,
    });
  });

  it.each(['nsfw-inception-v3', 'a:0', 'a:-1', 'a:1.5', 'a:1,', 'a:1;b:2', 'a:1,a:2', 'a:1, b:2'])(
    'refuses %j for it, with an example',
    (value) => {
      expect(() => settings({ MODEL_CONCURRENCY: value })).toThrow(ConfigError);
      expect(() => settings({ MODEL_CONCURRENCY: value })).toThrow(/MODEL_CONCURRENCY=nsfw-inception-v3:2/);
    },
  );

  it('takes a device, its number, and a time for each run', () => {
    expect(settings({ DEVICE: 'auto', CUDA_DEVICE: '1', MODEL_TIMEOUT_SECONDS: '5' })).toMatchObject({
      device: 'auto',
      devices: [1],
      batchLimitMs: 5_000,
    });
    expect(() => settings({ DEVICE: 'gpu', CUDA_DEVICE: 'first', MODEL_TIMEOUT_SECONDS: '0' })).toThrow(
      /DEVICE[^]*CUDA_DEVICE[^]*MODEL_TIMEOUT_SECONDS/,
    );
  });

  it('takes several GPUs, which count for more than the one', () => {
    expect(settings().devices).toEqual([0]);
    expect(settings({ DEVICE: 'tensorrt', CUDA_DEVICES: '0,2', CUDA_DEVICE: '7' })).toMatchObject({
      device: 'tensorrt',
      devices: [0, 2],
    });
    for (const CUDA_DEVICES of ['0,', 'all', '1,1', '0, 1', '-1'])
      expect(() => settings({ CUDA_DEVICES })).toThrow(/CUDA_DEVICES=0,1/);
  });
});
