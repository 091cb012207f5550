import { describe, expect, it, jest } from '@jest/globals';
import type ort from 'onnxruntime-node';
import type { ModelPack } from '../packs/load-pack.js';

/** Stands where onnxruntime is, up to the call that would reach a GPU. */
const create = jest.fn<(path: string, options: ort.InferenceSession.SessionOptions) => Promise<never>>();
jest.unstable_mockModule('onnxruntime-node', () => ({ default: { InferenceSession: { create } } }));
const { PackSession } = await import('./pack-session.js');
const { PackError, ProviderError } = await import('../packs/pack-error.js');

const pack = { manifest: { name: 'colours' }, graph: '/packs/colours/model.onnx' } as ModelPack;

describe('A session', () => {
  it.each([
    [{ provider: 'cuda', device: 3 } as const, [{ name: 'cuda', deviceId: 3 }, 'cpu']],
    [
      { provider: 'tensorrt', device: 3 } as const,
      [{ name: 'tensorrt', deviceId: 3 }, { name: 'cuda', deviceId: 3 }, 'cpu'],
    ],
    [{ provider: 'webgpu' } as const, ['webgpu', 'cpu']],
    [{ provider: 'cuda' } as const, [{ name: 'cuda', deviceId: 0 }, 'cpu']],
    [{ provider: 'cpu' } as const, ['cpu']],
  ])('of %j is asked of onnxruntime as such', async (device, providers) => {
    create.mockRejectedValueOnce(new Error('this far'));
    await expect(PackSession.open(pack, { ...device, maxBatch: 1 })).rejects.toThrow('this far');
    expect(create).toHaveBeenLastCalledWith(
      pack.graph,
      expect.objectContaining({ executionProviders: providers, intraOpNumThreads: 1 }),
    );
  });

  it('that fails for want of CUDA is the device’s fault, any other the pack’s', async () => {
    const noCuda = new Error('OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library');
    create.mockRejectedValueOnce(noCuda);
    await expect(PackSession.open(pack, { provider: 'cuda', maxBatch: 1 })).rejects.toThrow(ProviderError);
    create.mockRejectedValueOnce(new Error('Protobuf parsing failed.'));
    await expect(PackSession.open(pack, { provider: 'cuda', maxBatch: 1 })).rejects.toThrow(PackError);
  });
});
