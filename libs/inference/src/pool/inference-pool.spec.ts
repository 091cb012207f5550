import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { ModelPack } from '../packs/load-pack.js';
import type { ThreadMessage, ThreadSetup } from '../thread/protocol.js';

/** A thread that only says how its start went. */
class FakeWorker extends EventEmitter {
  static readonly setups: ThreadSetup[] = [];
  static firstWord: ThreadMessage = { kind: 'ready' };

  constructor(_entry: URL, { workerData }: { workerData: ThreadSetup }) {
    super();
    FakeWorker.setups.push(workerData);
    setImmediate(() => this.emit('message', FakeWorker.firstWord));
  }

  terminate(): Promise<number> {
    this.emit('exit', 1);
    return Promise.resolve(1);
  }

  unref(): void {
    // nothing holds the event loop here
  }
}

const threads = await import('node:worker_threads');
jest.unstable_mockModule('node:worker_threads', () => ({ ...threads, Worker: FakeWorker }));
// it would open a real graph
jest.unstable_mockModule('../probe/probe-pack.js', () => ({ probePack: () => Promise.resolve() }));
const { InferencePool } = await import('./inference-pool.js');
const { ProviderError } = await import('../packs/pack-error.js');

const pack = { manifest: { name: 'a', version: '1', tier: 'deep' } } as ModelPack;
const rules = { maxDelayMs: 5, queueLimit: 9 };

afterEach(() => {
  FakeWorker.setups.length = 0;
  FakeWorker.firstWord = { kind: 'ready' };
});

describe('A pool on a GPU', () => {
  it('tells each of its threads which one, and how many pictures a run may have', async () => {
    const options = { ...rules, threads: 3, provider: 'cuda', devices: [3, 5], maxBatch: 32 } as const;
    const pool = await InferencePool.open([pack], options);
    const setup = { packs: [pack], provider: 'cuda', maxBatch: 32 };
    expect(FakeWorker.setups).toEqual([3, 5, 3].map((device) => ({ ...setup, device })));
    expect(pool.status().provider).toBe('cuda');
    await pool.close();
  });

  it('opens one session after the other, unlike one on the CPU', async () => {
    const opened = InferencePool.open([pack], { ...rules, threads: 3, provider: 'cuda', maxBatch: 32 });
    expect(FakeWorker.setups).toHaveLength(1);
    const pools = [await opened];
    FakeWorker.setups.length = 0;
    const onCpu = InferencePool.open([pack], { ...rules, threads: 3, provider: 'cpu', maxBatch: 1 });
    expect(FakeWorker.setups).toHaveLength(3);
    pools.push(await onCpu);
    await Promise.all(pools.map((pool) => pool.close()));
  });

  it('keeps each thread’s device when a pack is swapped', async () => {
    const options = { ...rules, threads: 2, provider: 'cuda', devices: [0, 1], maxBatch: 8 } as const;
    const pool = await InferencePool.open([pack], options);
    await pool.swap({ ...pack });
    expect(FakeWorker.setups.map(({ device }) => device)).toEqual([0, 1, 0, 1]);
    await pool.close();
  });

  it('has one thread on WebGPU, whose provider bears no second, also not while packs are swapped', async () => {
    const options = { ...rules, provider: 'webgpu', maxBatch: 8 } as const;
    await expect(InferencePool.open([pack], { ...options, threads: 2 })).rejects.toThrow(
      /webgpu: .*one thread.*INFERENCE_THREADS=1/,
    );
    expect(FakeWorker.setups).toEqual([]);
    const pool = await InferencePool.open([pack], { ...options, threads: 1 });
    await expect(pool.swap({ ...pack })).rejects.toThrow(ProviderError);
    expect(pool.status().threads.live).toBe(1);
    await pool.close();
  });

  it('does not open when its threads find none', async () => {
    FakeWorker.firstWord = { kind: 'refused', fault: 'provider', subject: 'cuda', reason: 'no GPU' };
    const opened = InferencePool.open([pack], { ...rules, threads: 2, provider: 'cuda', maxBatch: 32 });
    await expect(opened).rejects.toThrow(ProviderError);
    await expect(opened).rejects.toThrow('execution provider cuda: no GPU');
  });
});
