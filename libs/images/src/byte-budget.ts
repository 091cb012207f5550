/**
 * Admits work in order of arrival while the sum of its declared bytes stays within a budget. Something larger than
 * the whole budget is admitted alone.
 */
export class ByteBudget {
  private used = 0;
  private readonly waiting: { bytes: number; start: () => void }[] = [];

  constructor(private readonly budgetBytes: number) {}

  /** Declared by what is admitted now. */
  get usedBytes(): number {
    return this.used;
  }

  async run<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    await this.admit(bytes);
    try {
      return await work();
    } finally {
      this.used -= bytes;
      this.startWaiting();
    }
  }

  private admit(bytes: number): Promise<void> | undefined {
    if (this.waiting.length === 0 && this.fits(bytes)) {
      this.used += bytes;
      return undefined;
    }
    return new Promise((resolve) => this.waiting.push({ bytes, start: resolve }));
  }

  private fits(bytes: number): boolean {
    return this.used === 0 || this.used + bytes <= this.budgetBytes;
  }

  private startWaiting(): void {
    for (let next = this.waiting[0]; next && this.fits(next.bytes); next = this.waiting[0]) {
      this.waiting.shift();
      this.used += next.bytes;
      next.start();
    }
  }
}
