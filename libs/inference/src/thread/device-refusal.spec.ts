import { describe, expect, it } from '@jest/globals';
import { deviceRefusal } from './device-refusal.js';

describe('Why a GPU cannot be used', () => {
  it.each([
    ['cuda', 'OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library', 'gpu:install,'],
    ['cuda', 'cuDNN is not available. Install cuDNN, update the system library search path', 'gpu:install,'],
    ['cuda', 'libcublasLt.so.13: cannot open shared object file: No such file or directory', 'gpu:install,'],
    [
      'tensorrt',
      'OrtSessionOptionsAppendExecutionProvider_TensorRT: Failed to load shared library',
      'gpu:install -- --tensorrt,',
    ],
  ] as const)('is, on %s, a matter of libraries after: %s', (provider, message, command) => {
    const said = deviceRefusal(provider, message, 0);
    expect(said).toMatch(/CUDA 13.*cuDNN 9.*onnxruntime-gpu 1\.30\.0.*DEVICE=cpu/);
    expect(said).toContain(`npm run ${command}`);
    expect(said).toContain(message);
  });

  it.each(['cuda', 'tensorrt'] as const)('is on %s the device itself when that is at fault', (provider) => {
    const said = deviceRefusal(provider, 'CUDA failure 100: no CUDA-capable device is detected ; GPU=-1', 7);
    expect(said).toMatch(/^GPU 7 cannot be used.*CUDA_DEVICES.*DEVICE=cpu/);
    expect(said).not.toContain('Install');
  });

  it('is its memory when that is full', () => {
    const message = 'CUDA failure 2: out of memory ; GPU=1';
    expect(deviceRefusal('cuda', message, 1)).toMatch(/memory of GPU 1.*INFERENCE_THREADS.*MODEL_BATCH/);
  });

  it.each([
    ['Failed to get a WebGPU adapter: No supported adapters', /no GPU was found.*Vulkan.*DEVICE=cpu/],
    ['WebGPU execution provider is not supported in this build. ', /LD_LIBRARY_PATH.*have no WebGPU/],
    ['[WebGPU] device was lost', /gave up.*MODEL_BATCH/],
  ])('is on WebGPU what this says: %s', (message, reason) => {
    expect(deviceRefusal('webgpu', message, 0)).toMatch(reason);
  });

  it('is nothing where the graph is at fault, or a CPU was asked for', () => {
    for (const provider of ['cuda', 'tensorrt', 'webgpu'] as const)
      expect(deviceRefusal(provider, 'Protobuf parsing failed.', 0)).toBeUndefined();
    expect(deviceRefusal('cpu', 'CUDA failure 2: out of memory', 0)).toBeUndefined();
  });
});
