import type { Provider } from './protocol.js';

/** onnxruntime-node carries neither provider, and keeps to itself which library it missed. */
const installation: Record<'cuda' | 'tensorrt', string> = {
  cuda:
    "onnxruntime's libraries for GPUs, or NVIDIA's, could not be loaded. Install CUDA 13 and cuDNN 9, then npm run " +
    'gpu:install, which brings the libraries of the wheel onnxruntime-gpu 1.30.0 and says what to put into ' +
    'LD_LIBRARY_PATH; npm run gpu:check names what is still missing',
  tensorrt:
    "onnxruntime's libraries for GPUs, or NVIDIA's, could not be loaded. Install CUDA 13, cuDNN 9 and TensorRT 10, " +
    'then npm run gpu:install -- --tensorrt, which brings the libraries of the wheel onnxruntime-gpu 1.30.0 and says ' +
    'what to put into LD_LIBRARY_PATH; npm run gpu:check -- --tensorrt names what is still missing',
};

const otherwise = 'Or set DEVICE=cpu';

/**
 * Why a GPU is not usable here and what to do, by what onnxruntime said when a session was opened or first run;
 * undefined where that is no matter of the device, but of the graph.
 *
 * @param device the GPU that was asked for, as CUDA counts them
 */
export const deviceRefusal = (provider: Provider, message: string, device: number): string | undefined => {
  switch (provider) {
    case 'cpu':
      return undefined;
    case 'webgpu':
      return webGpuRefusal(message);
    case 'cuda':
    case 'tensorrt':
      return nvidiaRefusal(provider, message, device);
  }
};

const nvidiaRefusal = (
  provider: 'cuda' | 'tensorrt',
  message: string,
  device: number,
): string | undefined => {
  const said = `${otherwise}. (${/CUDA failure[^;]*/.exec(message)?.[0].trim() ?? message.trim()})`;
  if (/shared library|shared object|dlopen|cudnn is (not |un)available/i.test(message))
    return `${installation[provider]}. ${said}`;
  if (/out of memory|failed to allocate/i.test(message))
    return `the memory of GPU ${device} does not suffice: fewer INFERENCE_THREADS or a smaller MODEL_BATCH take less. ${said}`;
  if (/cuda|cudnn|cublas|tensorrt|no available backend/i.test(message))
    return `GPU ${device} cannot be used: see whether nvidia-smi lists it, and what CUDA_DEVICES says. ${said}`;
  return undefined;
};

const webGpuRefusal = (message: string): string | undefined => {
  const said = `${otherwise}. (${message.trim()})`;
  if (/not supported in this build/i.test(message))
    return `the libraries that LD_LIBRARY_PATH names, those for CUDA, have no WebGPU: start without them. ${said}`;
  if (/adapter/i.test(message))
    return `no GPU was found that WebGPU can use: on Linux it needs a driver for Vulkan 1.1 or newer, and libvulkan1 (vulkaninfo --summary lists what there is). ${said}`;
  if (/out of memory|device (was )?lost/i.test(message))
    return `the GPU gave up: fewer INFERENCE_THREADS or a smaller MODEL_BATCH take less memory. ${said}`;
  if (/webgpu|wgpu|vulkan|no available backend/i.test(message)) return `WebGPU cannot be used. ${said}`;
  return undefined;
};
