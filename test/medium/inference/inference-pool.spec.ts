import { readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Pixels } from '#libs/domain';
import type {
  BatchReport,
  InferenceOptions,
  InferencePool as Pool,
  ModelPack,
  ThreadCrash,
} from '#libs/inference';
import { aPack } from '../../builders/pack.builder.js';
import { eventually } from '../eventually.js';

/** Every thread started, so that a test can kill one as the system would. */
const started: import('node:worker_threads').Worker[] = [];
const threads = await import('node:worker_threads');
jest.unstable_mockModule('node:worker_threads', () => ({
  ...threads,
  Worker: class extends threads.Worker {
    constructor(...given: ConstructorParameters<typeof threads.Worker>) {
      super(...given);
      started.push(this);
    }
  },
}));
const { InferencePool, loadPack, PackError, ProviderError } = await import('#libs/inference');

const models = join(import.meta.dirname, '../../../models');
const fast = 'nsfw-mobilenet-v2';
let mobilenet: ModelPack;
let pool: Pool;

const open = async (options: Partial<InferenceOptions> = {}, packs = [mobilenet]): Promise<Pool> => {
  pool = await InferencePool.open(packs, {
    threads: 1,
    provider: 'cpu',
    maxBatch: 1,
    maxDelayMs: 0,
    queueLimit: 64,
    ...options,
  });
  return pool;
};

const picture = (side = 64, value = 120): Pixels => ({
  data: new Uint8Array(side * side * 3).fill(value),
  width: side,
  height: side,
});

beforeAll(async () => {
  mobilenet = await loadPack(join(models, fast));
});
afterEach(async () => {
  await pool.close();
  started.length = 0;
});

describe('the inference pool', () => {
  it('scores a picture, takes its memory, and says how long each stage took', async () => {
    const batches: BatchReport[] = [];
    await open({ onBatch: (batch) => batches.push(batch) });
    const view = picture();
    const result = await pool.classify(fast, view);
    if (!result.ok) throw new Error(result.detail);
    expect(Object.keys(result.value.scores)).toEqual(['sexual/explicit', 'sexual/suggestive']);
    const sum = Object.values(result.value.labels).reduce((total, value) => total + value, 0);
    expect(sum).toBeCloseTo(1, 5);
    expect(result.value.version).toBe(mobilenet.manifest.version);
    expect(result.value.timings.runMs).toBeGreaterThan(0);
    expect(view.data.length).toBe(0);
    expect(batches).toMatchObject([{ pack: fast, size: 1 }]);
  });

  it('leaves memory that it cannot take where it is', async () => {
    await open();
    const arena = new Uint8Array(64 * 64 * 3 + 100).fill(120);
    const shared = { data: arena.subarray(100), width: 64, height: 64 };
    const fromArena = await pool.classify(fast, shared);
    const own = await pool.classify(fast, picture());
    expect(arena.length).toBe(64 * 64 * 3 + 100);
    if (!fromArena.ok || !own.ok) throw new Error('both are scored');
    expect(fromArena.value.labels).toEqual(own.value.labels);
  });

  it('gives the same scores in a batch as alone', async () => {
    await open({ maxBatch: 4, maxDelayMs: 60_000 });
    const values = [10, 90, 170, 250];
    const together = await Promise.all(values.map((value) => pool.classify(fast, picture(64, value))));
    await pool.close();
    await open();
    for (const [i, value] of values.entries()) {
      const alone = await pool.classify(fast, picture(64, value));
      const batched = together[i]!;
      if (!alone.ok || !batched.ok) throw new Error('both are scored');
      for (const [label, p] of Object.entries(alone.value.labels)) {
        expect(batched.value.labels[label]).toBeCloseTo(p, 5);
      }
    }
  });

  it('runs a pack of float planes with its own normalisation', async () => {
    const folder = await aPack().write();
    await open({}, [await loadPack(folder)]);
    await rm(folder, { recursive: true });
    const data = Uint8Array.from({ length: 8 * 8 * 3 }, (_, i) => (i % 3 === 0 ? 255 : 0));
    const result = await pool.classify('colours', { data, width: 8, height: 8 });
    if (!result.ok) throw new Error(result.detail);
    // red is (1 − 0.5) / 0.25 = 2, the others −2: softmax gives 1 / (1 + 2·e⁻⁴)
    expect(result.value.scores['colour/red']).toBeCloseTo(1 / (1 + 2 * Math.exp(-4)), 5);
  });

  it('gives EfficientNet’s embedding beside its goods', async () => {
    await open({}, [await loadPack(join(models, 'efficientnet-lite0'))]);
    const result = await pool.classify('efficientnet-lite0', picture());
    if (!result.ok) throw new Error(result.detail);
    expect(result.value.embedding).toHaveLength(1280);
    expect(Object.keys(result.value.scores)).toContain('goods/firearm');
  });

  it('answers pixels that are none with a failure, not with a crash', async () => {
    await open();
    const result = await pool.classify(fast, { data: new Uint8Array(10), width: 2, height: 2 });
    expect(result).toMatchObject({ ok: false, code: 'inference_failed' });
    expect(pool.status().threads).toEqual({ wanted: 1, live: 1, crashes: 0 });
  });

  it('is overloaded beyond its queue, and fine again afterwards', async () => {
    await open({ queueLimit: 3 });
    const results = await Promise.all(Array.from({ length: 10 }, () => pool.classify(fast, picture())));
    const codes = results.map((result) => (result.ok ? 'ok' : result.code));
    expect(codes).toEqual([...Array<string>(4).fill('ok'), ...Array<string>(6).fill('overloaded')]);
    expect(await pool.classify(fast, picture())).toMatchObject({ ok: true });
  });

  it('answers at the deadline although the thread is busy', async () => {
    await open();
    const busy = Array.from({ length: 20 }, () => pool.classify(fast, picture(512)));
    const late = await pool.classify(fast, picture(), { deadlineMs: 1 });
    expect(late).toMatchObject({ ok: false, code: 'deadline_exceeded' });
    expect((await Promise.all(busy)).every((result) => result.ok)).toBe(true);
  });

  it('fails the batch of a thread that dies, replaces the thread, and answers everybody else', async () => {
    const crashes: ThreadCrash[] = [];
    await open({ onThreadCrash: (crash) => crashes.push(crash) });
    const lost = pool.classify(fast, picture());
    const waiting = pool.classify(fast, picture());
    void started[0]!.terminate();
    expect(await lost).toMatchObject({ ok: false, code: 'inference_failed' });
    expect(await waiting).toMatchObject({ ok: true });
    expect(crashes).toMatchObject([{ crashes: 1 }]);
    expect(pool.status().threads).toEqual({ wanted: 1, live: 1, crashes: 1 });
  });

  it('waits longer after each crash in a row', async () => {
    const crashes: ThreadCrash[] = [];
    await open({ onThreadCrash: (crash) => crashes.push(crash) });
    for (let i = 0; i < 3; i += 1) {
      await eventually(() => expect(pool.status().threads.live).toBe(1));
      await started.at(-1)!.terminate();
      await eventually(() => expect(crashes).toHaveLength(i + 1));
    }
    expect(crashes.map((crash) => crash.restartInMs)).toEqual([100, 200, 400]);
  });

  it('swaps a pack under load without dropping a request', async () => {
    await open({ threads: 2 });
    const next: ModelPack = { ...mobilenet, manifest: { ...mobilenet.manifest, version: 'next' } };
    const versions: string[] = [];
    let swapped = false;
    const client = async (): Promise<void> => {
      while (!swapped) {
        const result = await pool.classify(fast, picture());
        if (!result.ok) throw new Error(result.detail);
        versions.push(result.value.version);
      }
    };
    const clients = Array.from({ length: 6 }, client);
    await eventually(() => expect(versions.length).toBeGreaterThan(10));
    await pool.swap(next);
    swapped = true;
    await Promise.all(clients);
    expect(versions[0]).toBe(mobilenet.manifest.version);
    const after = await pool.classify(fast, picture());
    expect(after).toMatchObject({ ok: true, value: { version: 'next' } });
    expect(pool.status().packs).toMatchObject([{ name: fast, version: 'next' }]);
    expect(pool.status().threads).toEqual({ wanted: 2, live: 2, crashes: 0 });
  });

  it('keeps the old pack when the new one does not open', async () => {
    await open();
    const broken: ModelPack = { ...mobilenet, labels: [...mobilenet.labels, 'one too many'] };
    await expect(pool.swap(broken)).rejects.toThrow(PackError);
    const result = await pool.classify(fast, picture());
    expect(result).toMatchObject({ ok: true, value: { version: mobilenet.manifest.version } });
  });

  it('answers what it has accepted before it closes, and nothing after', async () => {
    await open();
    const accepted = Array.from({ length: 8 }, () => pool.classify(fast, picture()));
    const closed = pool.close();
    expect(await pool.classify(fast, picture())).toMatchObject({ ok: false, code: 'closed' });
    await closed;
    expect((await Promise.all(accepted)).every((result) => result.ok)).toBe(true);
    expect(pool.status().threads.live).toBe(0);
  });
});

describe('on this machine', () => {
  // where the GPU build of onnxruntime is installed, CUDA is used, and this has nothing to say
  const library = 'libonnxruntime_providers_cuda.so';
  const bindings = readdirSync('node_modules/onnxruntime-node/bin', { recursive: true }).map(String);
  const withoutCuda = bindings.some((file) => file.endsWith(library)) ? it.skip : it;
  withoutCuda('says what to install when CUDA is asked for and is not here', async () => {
    await open();
    const attempt = open({ provider: 'cuda' });
    await expect(attempt).rejects.toThrow(ProviderError);
    await expect(attempt).rejects.toThrow(/cuda: .*Install CUDA .*DEVICE=cpu/);
  });

  const onLinux = process.platform === 'linux' ? it : it.skip;
  onLinux('gives inference threads a lower priority than the event loop', async () => {
    await open({ threads: 2 });
    const niceOf = (task: string): number => {
      const stat = readFileSync(`/proc/self/task/${task}/stat`, 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
    };
    const nices = readdirSync('/proc/self/task').map(niceOf);
    const own = niceOf(String(process.pid));
    expect(nices.filter((nice) => nice === own + 10 || nice === 19).length).toBeGreaterThanOrEqual(2);
  });
});
