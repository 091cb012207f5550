import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { ok, type Pixels } from '#libs/domain';
import type { ModelPack } from '../packs/load-pack.js';
import type { BatchRequest, ThreadMessage } from '../thread/protocol.js';
import type { InferenceOptions, ThreadCrash } from './contract.js';
import type { InferencePool as Pool } from './inference-pool.js';

/** A thread that answers at once, or is stuck inside a native call: then it neither answers nor ends. */
class FakeWorker extends EventEmitter {
  static readonly started: FakeWorker[] = [];
  static stuck = 0;
  readonly isStuck: boolean;
  wasTerminated = false;

  constructor() {
    super();
    this.isStuck = FakeWorker.stuck-- > 0;
    FakeWorker.started.push(this);
    setImmediate(() => this.say({ kind: 'ready' }));
  }

  postMessage({ views }: BatchRequest): void {
    const outputs = views.map(() => ok({ scores: { 'a/a': 0.5 }, labels: {} }));
    if (!this.isStuck)
      queueMicrotask(() => this.say({ kind: 'done', version: '1', outputs, resizeMs: 1, runMs: 1 }));
  }

  terminate(): Promise<number> {
    this.wasTerminated = true;
    if (this.isStuck) return new Promise(() => undefined);
    this.emit('exit', 1);
    return Promise.resolve(1);
  }

  unref(): void {
    // nothing holds the event loop here
  }

  private say(message: ThreadMessage): void {
    this.emit('message', message);
  }
}

const threads = await import('node:worker_threads');
jest.unstable_mockModule('node:worker_threads', () => ({ ...threads, Worker: FakeWorker }));
// it would open a real graph
jest.unstable_mockModule('../probe/probe-pack.js', () => ({ probePack: () => Promise.resolve() }));
const { InferencePool } = await import('./inference-pool.js');

const pack = { manifest: { name: 'a', version: '1', tier: 'fast' } } as ModelPack;
const view = (): Pixels => ({ data: new Uint8Array(3), width: 1, height: 1 });
const open = (over: Partial<InferenceOptions> = {}): Promise<Pool> =>
  InferencePool.open([pack], {
    threads: 1,
    provider: 'cpu',
    maxBatch: 1,
    maxDelayMs: 0,
    queueLimit: 9,
    batchLimitMs: 20,
    ...over,
  });

afterEach(() => {
  FakeWorker.started.length = 0;
  FakeWorker.stuck = 0;
  jest.useRealTimers();
});

describe('A thread that hangs', () => {
  it('fails its batch, is ended and replaced, and what waited is answered by its successor', async () => {
    FakeWorker.stuck = 1;
    const crashes: ThreadCrash[] = [];
    const pool = await open({ onThreadCrash: (crash) => crashes.push(crash) });
    const [lost, waiting] = [pool.classify('a', view()), pool.classify('a', view())];
    expect(await lost).toMatchObject({
      ok: false,
      code: 'inference_failed',
      detail: expect.stringContaining('no answer from a within 20 ms'),
    });
    expect(await waiting).toMatchObject({ ok: true, value: { scores: { 'a/a': 0.5 } } });
    expect(FakeWorker.started.map((worker) => worker.wasTerminated)).toEqual([true, false]);
    expect(crashes).toMatchObject([{ crashes: 1, reason: expect.stringContaining('hung') }]);
    expect(pool.status().threads).toEqual({ wanted: 1, live: 1, crashes: 1 });
    await pool.close();
  });

  it('counts as one crash although it ends after all', async () => {
    FakeWorker.stuck = 1;
    const crashes: ThreadCrash[] = [];
    const pool = await open({ onThreadCrash: (crash) => crashes.push(crash) });
    await pool.classify('a', view());
    FakeWorker.started[0]!.emit('exit', 1);
    expect(crashes).toHaveLength(1);
    await pool.close();
  });

  it('does not keep the pool from closing, nor a swap that waits for it', async () => {
    FakeWorker.stuck = 1;
    const pool = await open({ batchLimitMs: 3_600_000 });
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'performance'] });
    const lost = pool.classify('a', view());
    const swapped = pool.swap({ ...pack });
    const closed = pool.close();
    await jest.advanceTimersByTimeAsync(15_000);
    await Promise.all([closed, swapped]);
    expect(await lost).toMatchObject({ ok: false, code: 'inference_failed' });
    expect(FakeWorker.started.every((worker) => worker.wasTerminated)).toBe(true);
    expect(pool.status().threads.live).toBe(0);
  });
});
