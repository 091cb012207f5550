/**
 * onnxruntime-node carries no CUDA provider. The libraries of the same version's Python wheel fit it, and want these
 * of NVIDIA's.
 */
const installation =
  'its libraries could not be loaded. Install CUDA 13 and cuDNN 9 where the loader finds their libraries ' +
  '(LD_LIBRARY_PATH), and from the wheel onnxruntime-gpu 1.30.0 (PyPI) put libonnxruntime.so.1.30.0 (as ' +
  'libonnxruntime.so.1), libonnxruntime_providers_shared.so and libonnxruntime_providers_cuda.so into ' +
  'node_modules/onnxruntime-node/bin/napi-v6/linux/x64';

const otherwise = 'Or set DEVICE=cpu';

/**
 * Why CUDA is not usable here and what to do, by what onnxruntime said when a session was opened or first run;
 * undefined where that is no matter of CUDA, but of the graph.
 *
 * @param device the GPU that was asked for
 */
export const cudaRefusal = (message: string, device: number): string | undefined => {
  if (/shared library|shared object|dlopen/i.test(message))
    return `${installation}. ${otherwise}. (${message})`;
  if (/out of memory|failed to allocate/i.test(message))
    return `the memory of GPU ${device} does not suffice: fewer INFERENCE_THREADS or a smaller MODEL_BATCH take less. ${otherwise}. (${message})`;
  if (/cuda|cudnn|cublas|no available backend/i.test(message))
    return `GPU ${device} cannot be used: see whether nvidia-smi lists it, and what CUDA_DEVICE says. ${otherwise}. (${message})`;
  return undefined;
};
