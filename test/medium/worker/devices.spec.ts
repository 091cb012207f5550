import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PackError, ProviderError } from '#libs/inference';
import { createLogger } from '#libs/platform';
import { createWorker } from '../../../apps/worker/src/create-worker.js';
import { DetectorError } from '../../../apps/worker/src/detectors/detector-error.js';
import { ModelsService } from '../../../apps/worker/src/models/models.service.js';
import { createTestDatabase, type TestDatabase } from '../database.js';
import { eventually } from '../eventually.js';
import { aPackOf, SmallWorkerFolder } from './small-worker.js';

const logger = createLogger('worker-test', 'silent');

// where the GPU build of onnxruntime is installed, CUDA may work, and this has nothing to say
const library = 'libonnxruntime_providers_cuda.so';
const bindings = readdirSync('node_modules/onnxruntime-node/bin', { recursive: true }).map(String);
const withoutCuda = bindings.some((file) => file.endsWith(library)) ? it.skip : it;

describe('A worker', () => {
  let database: TestDatabase;
  let folder: SmallWorkerFolder;
  beforeAll(async () => {
    database = await createTestDatabase();
    folder = await SmallWorkerFolder.make();
  });
  afterAll(async () => {
    await database.drop();
    await folder.remove();
  });

  const metricsWith = async (env: Record<string, string>): Promise<string> => {
    const worker = await createWorker(folder.config(database.url, env), logger);
    await worker.listen({ port: 0, host: '127.0.0.1' });
    try {
      return await (await fetch(`${await worker.getUrl()}/metrics`)).text();
    } finally {
      await worker.close();
    }
  };

  /** Who is connected to the database beside this test. */
  const strangers = (): Promise<unknown[]> =>
    database.dataSource.query(`SELECT application_name, query FROM pg_stat_activity
      WHERE datname = current_database() AND application_name <> 'sluice-test'`);

  it('that cannot start leaves no connection open', async () => {
    const config = folder.config(database.url, { MODEL_CONCURRENCY: 'generals:1' });
    await expect(createWorker(config, logger)).rejects.toThrow(PackError);
    await eventually(async () => expect(await strangers()).toEqual([]));
  });

  it('that has two detectors of one name does not start, and leaves nothing open', async () => {
    const twins = await SmallWorkerFolder.make();
    try {
      await twins.put('qr-code', aPackOf('blue'));
      const started = createWorker(twins.config(database.url, {}), logger);
      await expect(started).rejects.toThrow(DetectorError);
      await eventually(async () => expect(await strangers()).toEqual([]));
    } finally {
      await twins.remove();
    }
  });

  /** As the worker opens them at its start. */
  const openModels = (env: Record<string, string>): Promise<ModelsService> => {
    const { models, pictures } = folder.config(database.url, env);
    return ModelsService.open(models, pictures, logger, () => undefined);
  };

  withoutCuda('refuses to start for want of CUDA, and says what to install', async () => {
    const started = openModels({ DEVICE: 'cuda' });
    await expect(started).rejects.toThrow(ProviderError);
    await expect(started).rejects.toThrow(/CUDA 13 and cuDNN 9.*DEVICE=cpu/);
  });

  withoutCuda('starts on the CPU where it would rather have had CUDA, and its metrics say so', async () => {
    const metrics = await metricsWith({ DEVICE: 'auto' });
    expect(metrics).toContain('sluice_worker_device_fallback 1');
    expect(metrics).toMatch(/sluice_worker_model_info\{name="general",.*provider="cpu"\} 1/);
  });

  it('has not fallen back where the CPU is what it was told', async () => {
    const metrics = await metricsWith({ DEVICE: 'cpu' });
    expect(metrics).toContain('sluice_worker_device_fallback 0');
    expect(metrics).toContain('sluice_worker_prefetched_pictures 0');
    expect(metrics).toContain('sluice_worker_decoded_bytes 0');
  });

  it('refuses to keep a pack to some runs that it does not have', async () => {
    const started = openModels({ MODEL_CONCURRENCY: 'generals:1' });
    await expect(started).rejects.toThrow(PackError);
    await expect(started).rejects.toThrow(/generals.*MODEL_CONCURRENCY/);
  });
});
