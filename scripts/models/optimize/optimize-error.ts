/** Why a variant was not made, or not kept: written for whoever asked for it. */
export class OptimizeError extends Error {
  override readonly name = 'OptimizeError';
}
