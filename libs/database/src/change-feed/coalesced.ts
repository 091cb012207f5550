/**
 * Runs a task so that it never overlaps itself: asked while it runs, it runs once more afterwards, however often it
 * was asked. Whoever asks after a change is therefore served by a run that began after that change.
 */
export class Coalesced {
  private running: Promise<void> | undefined;
  private again = false;

  constructor(
    private readonly task: () => Promise<void>,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  ask(): void {
    if (this.running) this.again = true;
    else this.running = Promise.resolve().then(() => this.run()); // deferred: the task itself may ask
  }

  /** Resolves once nothing runs. */
  async settled(): Promise<void> {
    while (this.running) await this.running;
  }

  private async run(): Promise<void> {
    do {
      this.again = false;
      try {
        await this.task();
      } catch (error) {
        this.onFailure(error);
      }
    } while (this.again);
    this.running = undefined;
  }
}
