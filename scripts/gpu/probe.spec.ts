import { describe, expect, it } from '@jest/globals';
import { diagnose } from './probe.js';

const found = (name: string): { name: string; error: undefined } => ({ name, error: undefined });
const missing = (name: string): { name: string; error: string } => ({
  name,
  error: `${name}: cannot open shared object file: No such file or directory`,
});

describe('What keeps a GPU from being used', () => {
  it('is each missing library, with where it comes from', () => {
    const libraries = [missing('libcuda.so.1'), found('libcudart.so.13'), missing('libcudnn.so.9')];
    expect(diagnose('cuda', 0, { libraries, refusal: 'install it' })).toEqual({
      usable: false,
      lines: [
        expect.stringMatching(/^libcuda\.so\.1 is missing: .*driver.*580/),
        expect.stringMatching(/^libcudnn\.so\.9 is missing: .*cuDNN 9.*--with-cuda/),
      ],
    });
  });

  it('is a library that lies there but does not fit', () => {
    const error = 'libnvrtc.so.13: undefined symbol: x';
    const { lines } = diagnose('cuda', 0, {
      libraries: [{ name: 'libcublas.so.13', error }],
      refusal: 'no',
    });
    expect(lines[0]).toMatch(/libcublas\.so\.13 does not load \(libnvrtc.*undefined symbol.*CUDA 13/);
  });

  it('is what onnxruntime says where no library is missing', () => {
    const libraries = [found('libcuda.so.1')];
    expect(diagnose('cuda', 0, { libraries, refusal: 'GPU 0 cannot be used' }).lines).toEqual([
      'GPU 0 cannot be used',
    ]);
  });

  it('is nothing when a session has run, whatever was not found under its name', () => {
    const { usable, lines } = diagnose('cuda', 1, {
      libraries: [missing('libcudnn.so.9')],
      refusal: undefined,
    });
    expect(usable).toBe(true);
    expect(lines).toEqual(['cuda works on GPU 1: a session was opened and run.']);
  });
});
