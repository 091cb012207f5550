/** A detector that cannot be used beside the others. The message names it and says what is wrong. */
export class DetectorError extends Error {
  override readonly name = 'DetectorError';

  constructor(
    readonly detector: string,
    readonly reason: string,
  ) {
    super(`detector ${detector}: ${reason}`);
  }
}
