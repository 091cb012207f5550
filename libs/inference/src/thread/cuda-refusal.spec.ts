import { describe, expect, it } from '@jest/globals';
import { cudaRefusal } from './cuda-refusal.js';

describe('cudaRefusal', () => {
  it.each([
    'OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library',
    'libcublasLt.so.13: cannot open shared object file: No such file or directory',
  ])('says what to install after: %s', (message) => {
    const said = cudaRefusal(message, 0);
    expect(said).toMatch(/CUDA 13 and cuDNN 9.*onnxruntime-gpu 1\.30\.0.*DEVICE=cpu/);
    expect(said).toContain(message);
  });

  it('sends to the device when that is at fault, and not to the shops', () => {
    const said = cudaRefusal('CUDA failure 101: invalid device ordinal ; GPU=7', 7);
    expect(said).toMatch(/^GPU 7 cannot be used.*CUDA_DEVICE.*DEVICE=cpu/);
    expect(said).not.toContain('Install');
  });

  it('says what takes less when the GPU is full', () => {
    const message = 'CUDA failure 2: out of memory ; GPU=1';
    expect(cudaRefusal(message, 1)).toMatch(/memory of GPU 1.*INFERENCE_THREADS.*MODEL_BATCH/);
  });

  it('has nothing to say about a graph that is at fault itself', () => {
    expect(cudaRefusal('Protobuf parsing failed.', 0)).toBeUndefined();
  });
});
