/** What a worker has opened, so that it leaves nothing open: at its end, and when its start fails half-way. */
export class Opened {
  private readonly closings: (() => Promise<void>)[] = [];

  /** @param close called once it is open, if it ever is */
  keep<T>(opening: Promise<T>, close: (opened: T) => Promise<void>): Promise<T> {
    this.closings.push(async () => {
      const [outcome] = await Promise.allSettled([opening]);
      if (outcome.status === 'fulfilled') await close(outcome.value);
    });
    return opening;
  }

  /**
   * Closes the latest first, since it may need those before it; waits for what is still being opened. Once only.
   *
   * @throws AggregateError of what could not be closed, when all else is
   */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (const close of this.closings.splice(0).reverse())
      await close().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, 'Some of what the worker used did not close');
  }
}
