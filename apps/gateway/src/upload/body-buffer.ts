/**
 * Bodies of an announced length up to here go straight into memory of that length; beyond it memory is taken as bytes
 * arrive, so that an announcement alone takes none.
 */
const largestReserved = 2 * 1024 * 1024;

/**
 * A body as it arrives. Copying each chunk at once lets the socket's 64 KB buffers die young; kept until the end, they
 * would live long enough to wait for a full garbage collection.
 */
export class BodyBuffer {
  private readonly reserved: Buffer;
  private readonly overflow: Buffer[] = [];
  private held = 0;

  /** @param announced the Content-Length, where there is one */
  constructor(announced = 0) {
    this.reserved = Buffer.allocUnsafeSlow(announced <= largestReserved ? announced : 0);
  }

  get length(): number {
    return this.held;
  }

  append(chunk: Buffer): void {
    if (this.overflow.length === 0 && this.held + chunk.length <= this.reserved.length)
      chunk.copy(this.reserved, this.held);
    else this.overflow.push(chunk);
    this.held += chunk.length;
  }

  /** All bytes; the buffer takes no more. */
  finish(): Buffer {
    if (this.overflow.length === 0) return this.reserved.subarray(0, this.held);
    const before = this.held - this.overflow.reduce((sum, chunk) => sum + chunk.length, 0);
    return Buffer.concat([this.reserved.subarray(0, before), ...this.overflow], this.held);
  }
}
