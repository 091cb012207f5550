/** What a pack from elsewhere may be, before it is looked at. */
export interface SizeLimits {
  /** of what is fetched, and of what it unpacks to */
  bytes: number;
  files: number;
}

export const mostFiles = 64;
export const bytesInAMegabyte = 1_000_000;

/** Counts what comes, and says when it is too much. */
export class Allowance {
  #bytes = 0;
  #files = 0;

  constructor(
    private readonly limits: SizeLimits,
    private readonly refuse: (reason: string) => never,
  ) {}

  file(): void {
    this.#files += 1;
    if (this.#files > this.limits.files) this.refuse(`holds more than ${this.limits.files} files`);
  }

  bytes(count: number): void {
    this.#bytes += count;
    if (this.#bytes > this.limits.bytes)
      this.refuse(
        `is larger than ${this.limits.bytes / bytesInAMegabyte} MB: --most-megabytes allows more, if that is meant`,
      );
  }
}
