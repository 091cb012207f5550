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

  it('takes more at once where a GPU is, or is hoped for', () => {
    expect(readWorkerConfig(env)).toMatchObject({
      batch: { size: 8 },
      pictures: { atOnce: 7, viewBytes: 256_000_000 },
    });
    for (const DEVICE of ['cuda', 'auto'])
      expect(readWorkerConfig({ ...env, DEVICE })).toMatchObject({
        batch: { size: 64 },
        pictures: { atOnce: 64, viewBytes: 1_024_000_000 },
      });
    expect(readWorkerConfig({ ...env, WORKER_BATCH: '5', WORKER_PICTURES: '9' })).toMatchObject({
      batch: { size: 5 },
      pictures: { atOnce: 9 },
    });
  });

  it('names every variable that does not fit', () => {
    expect(() => readWorkerConfig({ WORKER_BATCH: 'many', DEVICE: 'tpu' })).toThrow(ConfigError);
    expect(() => readWorkerConfig({ WORKER_BATCH: 'many', DEVICE: 'tpu' })).toThrow(
      /DATABASE_URL[^]*DEVICE[^]*WORKER_BATCH/,
    );
  });
});
