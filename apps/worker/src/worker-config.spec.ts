import { ConfigError } from '#libs/platform';
import { readWorkerConfig } from './worker-config.js';

const env = { DATABASE_URL: 'postgres://sluice@127.0.0.1/sluice', INFERENCE_THREADS: '3' };

describe('readWorkerConfig', () => {
  it('keeps blobs under DATA_DIR unless told otherwise', () => {
    expect(readWorkerConfig({ ...env, DATA_DIR: '/var/sluice' }).blobs).toEqual({
      kind: 'disk',
      folder: '/var/sluice/blobs',
    });
    expect(readWorkerConfig({ ...env, BLOB_DIR: '/mnt/blobs' }).blobs).toEqual({
      kind: 'disk',
      folder: '/mnt/blobs',
    });
  });

  it('runs one picture at a time on a CPU, and many on a GPU', () => {
    expect(readWorkerConfig(env)).toMatchObject({ models: { maxBatch: 1 }, pictures: { atOnce: 7 } });
    expect(readWorkerConfig({ ...env, DEVICE: 'cuda' })).toMatchObject({
      models: { maxBatch: 32, provider: 'cuda' },
      pictures: { atOnce: 64 },
    });
  });

  it('names every variable that does not fit', () => {
    expect(() => readWorkerConfig({ WORKER_BATCH: 'many', DEVICE: 'tpu' })).toThrow(ConfigError);
    expect(() => readWorkerConfig({ WORKER_BATCH: 'many', DEVICE: 'tpu' })).toThrow(
      /DATABASE_URL[^]*DEVICE[^]*WORKER_BATCH/,
    );
  });
});
