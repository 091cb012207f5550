import type ort from 'onnxruntime-node';
import type { Provider } from './protocol.js';

type ExecutionProviders = NonNullable<ort.InferenceSession.SessionOptions['executionProviders']>;

/**
 * Of the options of CUDA and TensorRT onnxruntime-node 1.30 reads the device alone; it would drop a limit of memory or
 * a cache of engines, say, without a word. What a provider has no kernel for runs on the next one.
 */
const executionProviders = (provider: Provider, device: number): ExecutionProviders => {
  const cuda = { name: 'cuda', deviceId: device };
  switch (provider) {
    case 'cpu':
      return ['cpu'];
    case 'cuda':
      return [cuda, 'cpu'];
    case 'tensorrt':
      return [{ ...cuda, name: 'tensorrt' }, cuda, 'cpu'];
    case 'webgpu':
      return ['webgpu', 'cpu'];
  }
};

/**
 * One core a session, spinning off: with spinning, idle threads burn the cores that decoding needs, and a second
 * intra-op thread doubles the CPU time of an image. Parallelism comes from several threads with a session each.
 *
 * @param device which GPU, as CUDA counts them
 */
export const sessionOptions = ({
  provider,
  device = 0,
}: {
  provider: Provider;
  device?: number;
}): ort.InferenceSession.SessionOptions => ({
  executionProviders: executionProviders(provider, device),
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
});
