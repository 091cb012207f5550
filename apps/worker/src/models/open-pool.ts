import { InferencePool, type Pack, type Provider, ProviderError } from '#libs/inference';
import type { Logger } from '#libs/platform';
import type { WorkerConfig } from '../worker-config.js';

export interface OpenedPool {
  pool: InferencePool;
  /** why this runs on the CPU although `auto` tried CUDA; null where it did not have to */
  fallback: string | null;
}

type PoolOptions = Parameters<typeof InferencePool.open>[1];
type Device = Pick<WorkerConfig['models'], 'device' | 'devices' | 'tuning'>;

/**
 * Opens the packs on the device that was asked for, tuned for it. `auto` is CUDA where it works, and else the CPU,
 * which is said loudly: a worker that is many times slower than planned must not go unnoticed. It tries no WebGPU: that
 * may find a GPU made of software, a hundred times slower than onnxruntime on the same CPU (docs/gpu.md).
 *
 * @param open `InferencePool.open`, unless a test stands in for a machine with a GPU
 * @throws PackError; ProviderError when a GPU was asked for by name and cannot be used
 */
export const openPool = async (
  packs: Pack[],
  { device, devices, tuning }: Device,
  options: Omit<PoolOptions, 'provider' | 'devices' | keyof Device['tuning']['cpu']>,
  logger: Pick<Logger, 'warn'>,
  open: typeof InferencePool.open = (...given) => InferencePool.open(...given),
): Promise<OpenedPool> => {
  const openOn = (provider: Provider): Promise<InferencePool> =>
    open(packs, { ...options, ...tuning[provider], provider, devices });
  if (device !== 'auto') return { pool: await openOn(device), fallback: null };
  try {
    return { pool: await openOn('cuda'), fallback: null };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const { reason } = error;
    logger.warn(
      { reason },
      'CUDA CANNOT BE USED HERE: the models run on the CPU, many times slower. DEVICE=cpu says that this is meant',
    );
    return { pool: await openOn('cpu'), fallback: reason };
  }
};
