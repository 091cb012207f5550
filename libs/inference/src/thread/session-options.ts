import type ort from 'onnxruntime-node';
import type { Provider } from './protocol.js';

/**
 * One core a session, spinning off: with spinning, idle threads burn the cores that decoding needs, and a second
 * intra-op thread doubles the CPU time of an image. Parallelism comes from several threads with a session each.
 *
 * Of CUDA's own options onnxruntime-node 1.30 reads the device alone; it would drop a limit of memory, say, without a
 * word. What CUDA has no kernel for runs on the CPU.
 *
 * @param cudaDevice which GPU, as CUDA counts them
 */
export const sessionOptions = ({
  provider,
  cudaDevice = 0,
}: {
  provider: Provider;
  cudaDevice?: number;
}): ort.InferenceSession.SessionOptions => ({
  executionProviders: provider === 'cuda' ? [{ name: 'cuda', deviceId: cudaDevice }, 'cpu'] : ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
});
