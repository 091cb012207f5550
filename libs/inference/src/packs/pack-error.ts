/** A model pack that cannot be used. The message names the pack and says what is wrong and what to do. */
export class PackError extends Error {
  override readonly name = 'PackError';

  constructor(
    /** the pack's name, or its folder where the name is not known */
    readonly pack: string,
    readonly reason: string,
  ) {
    super(`model pack ${pack}: ${reason}`);
  }
}

/** The execution provider asked for is not usable on this machine. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';

  constructor(
    readonly provider: string,
    readonly reason: string,
  ) {
    super(`execution provider ${provider}: ${reason}`);
  }
}
