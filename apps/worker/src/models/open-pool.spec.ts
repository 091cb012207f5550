import { type InferencePool, PackError, ProviderError } from '#libs/inference';
import { openPool } from './open-pool.js';

const tuning = {
  cpu: { threads: 2, maxBatch: 1, maxDelayMs: 0 },
  cuda: { threads: 4, maxBatch: 32, maxDelayMs: 5 },
  tensorrt: { threads: 3, maxBatch: 16, maxDelayMs: 5 },
  webgpu: { threads: 1, maxBatch: 8, maxDelayMs: 5 },
};
type Options = Parameters<typeof InferencePool.open>[1];

/** A machine on which CUDA answers as told; remembers what was opened. */
const machine = (cudaSays?: Error) => {
  const opened: Partial<Options>[] = [];
  const warnings: unknown[][] = [];
  const open = (_packs: unknown, options: Options): Promise<InferencePool> => {
    if (options.provider === 'cuda' && cudaSays) return Promise.reject(cudaSays);
    opened.push(options);
    return Promise.resolve({} as InferencePool);
  };
  const on = (device: 'cpu' | 'cuda' | 'tensorrt' | 'webgpu' | 'auto') =>
    openPool(
      [],
      { device, devices: [3, 4], tuning },
      { queueLimit: 9 },
      { warn: (...said: unknown[]) => warnings.push(said) },
      open,
    );
  return { on, opened, warnings };
};
const noCuda = new ProviderError('cuda', 'its libraries could not be loaded');

describe('openPool', () => {
  it('opens on the device that was asked for, with its tuning and its number', async () => {
    const { on, opened, warnings } = machine();
    expect((await on('cpu')).fallback).toBeNull();
    expect((await on('cuda')).fallback).toBeNull();
    expect(opened).toMatchObject([
      { provider: 'cpu', ...tuning.cpu, queueLimit: 9 },
      { provider: 'cuda', devices: [3, 4], ...tuning.cuda, queueLimit: 9 },
    ]);
    expect(warnings).toEqual([]);
  });

  it('opens TensorRT and WebGPU where they are asked for by name', async () => {
    const { on, opened } = machine(noCuda);
    await on('tensorrt');
    await on('webgpu');
    expect(opened).toMatchObject([
      { provider: 'tensorrt', devices: [3, 4], ...tuning.tensorrt },
      { provider: 'webgpu', ...tuning.webgpu },
    ]);
  });

  it('refuses to start when CUDA was asked for by name and is not to be had', async () => {
    const { on, opened } = machine(noCuda);
    await expect(on('cuda')).rejects.toBe(noCuda);
    expect(opened).toEqual([]);
  });

  it('takes CUDA on auto where it works', async () => {
    const { on, opened, warnings } = machine();
    expect((await on('auto')).fallback).toBeNull();
    expect(opened).toMatchObject([{ provider: 'cuda' }]);
    expect(warnings).toEqual([]);
  });

  it('falls back to the CPU on auto, tuned for it, and says why, once', async () => {
    const { on, opened, warnings } = machine(noCuda);
    expect((await on('auto')).fallback).toBe(noCuda.reason);
    expect(opened).toMatchObject([{ provider: 'cpu', ...tuning.cpu }]);
    expect(warnings).toEqual([[{ reason: noCuda.reason }, expect.stringContaining('run on the CPU')]]);
  });

  it('does not take a broken pack for a missing GPU', async () => {
    const broken = new PackError('goods', 'the graph does not run');
    const { on, opened } = machine(broken);
    await expect(on('auto')).rejects.toBe(broken);
    expect(opened).toEqual([]);
  });
});
