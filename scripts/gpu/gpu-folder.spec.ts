import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { gpuEnvironment } from './gpu-folder.js';

describe('The environment of an app', () => {
  const folder = tmpdir();

  it('names the libraries for NVIDIA’s GPUs where they are installed and may be used', () => {
    for (const DEVICE of ['cuda', 'tensorrt', 'auto'])
      expect(gpuEnvironment({ DEVICE }, folder)).toEqual({ LD_LIBRARY_PATH: folder });
    expect(gpuEnvironment({ DEVICE: 'cuda', LD_LIBRARY_PATH: '/opt/cuda' }, folder)).toEqual({
      LD_LIBRARY_PATH: `${folder}:/opt/cuda`,
    });
  });

  it('does not where they are not installed, or another library is needed', () => {
    expect(gpuEnvironment({ DEVICE: 'cuda' }, join(folder, 'no such folder'))).toEqual({});
    for (const DEVICE of ['cpu', 'webgpu', undefined]) expect(gpuEnvironment({ DEVICE }, folder)).toEqual({});
  });
});
