/** Counts what has come, and tells when a number of them is reached. */
export class Arrivals {
  private count = 0;
  private waiting: { count: number; resolve: () => void } | undefined;

  get total(): number {
    return this.count;
  }

  add(more: number): void {
    this.count += more;
    if (this.waiting && this.count >= this.waiting.count) this.waiting.resolve();
  }

  reach(count: number): Promise<void> {
    if (this.count >= count) return Promise.resolve();
    return new Promise((resolve) => {
      this.waiting = { count, resolve };
    });
  }
}
