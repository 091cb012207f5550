/** Lets a loop sleep until something happens or a time has passed. What happens while it is awake is not missed. */
export class WakeUp {
  private calls = 0;
  private sleepers = new Set<() => void>();

  call(): void {
    this.calls += 1;
    for (const wake of [...this.sleepers]) wake();
  }

  /** Take this before looking for work, and pass it to `sleep` when there was none. */
  now(): number {
    return this.calls;
  }

  /** Resolves at the next call, at once if there was one since `since`, or after `ms`. */
  async sleep(since: number, ms: number): Promise<void> {
    if (this.calls !== since) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.sleepers.add(wake);
    });
  }
}
