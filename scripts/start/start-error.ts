/** A start that cannot go on for a reason that its message explains in full: shown without a stack. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
