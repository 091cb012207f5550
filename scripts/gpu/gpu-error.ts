/** Why the libraries for GPUs cannot be installed here, in words for the person who asked for them. */
export class GpuError extends Error {
  override readonly name = 'GpuError';
}
