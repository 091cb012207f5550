/** A service that cannot be had or does not run, for a reason that the message explains in full: shown without a stack. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
}
