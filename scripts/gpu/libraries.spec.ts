import { describe, expect, it } from '@jest/globals';
import { onnxruntimeName } from './libraries.js';

describe('The libraries of the wheel', () => {
  const names = (tensorrt: boolean): (string | undefined)[] =>
    [
      'onnxruntime/capi/libonnxruntime.so.1.30.0',
      'onnxruntime/capi/libonnxruntime_providers_shared.so',
      'onnxruntime/capi/libonnxruntime_providers_cuda.so',
      'onnxruntime/capi/libonnxruntime_providers_tensorrt.so',
      'onnxruntime/capi/onnxruntime_pybind11_state.cpython-312-x86_64-linux-gnu.so',
      'onnxruntime/__init__.py',
    ].map((file) => onnxruntimeName(file, { tensorrt }));

  it('are called as the binding asks for them, and TensorRT’s comes only where it is wanted', () => {
    const always = [
      'libonnxruntime.so.1',
      'libonnxruntime_providers_shared.so',
      'libonnxruntime_providers_cuda.so',
    ];
    expect(names(false)).toEqual([...always, undefined, undefined, undefined]);
    expect(names(true)).toEqual([...always, 'libonnxruntime_providers_tensorrt.so', undefined, undefined]);
  });
});
