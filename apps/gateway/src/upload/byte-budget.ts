/** Memory that request bodies may take together, so that many large uploads cannot exhaust the process. */
export class ByteBudget {
  private used = 0;

  constructor(readonly limit: number) {}

  get isSpent(): boolean {
    return this.used >= this.limit;
  }

  /** Bytes held now. */
  get held(): number {
    return this.used;
  }

  /** False, and nothing taken, when that many more would go over the limit. */
  take(bytes: number): boolean {
    if (this.used + bytes > this.limit) return false;
    this.used += bytes;
    return true;
  }

  give(bytes: number): void {
    this.used -= bytes;
  }
}
