import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Encodings of a field's value in protobuf's wire format. */
const wireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;
const windowBytes = 65_536;

/** A field: where its value lies in the file, or the number itself. */
export type WireField = { field: number } & (
  { kind: 'number'; value: number } | { kind: 'bytes'; start: number; end: number } | { kind: 'fixed' }
);

/**
 * Walks protobuf's wire format (protobuf.dev, "Encoding") in a file without holding it: what is not asked for is
 * skipped, which in an ONNX graph is nearly all, the weights. Libraries want the whole message in memory.
 */
export class WireFile {
  readonly #file: number;
  readonly size: number;
  #window = Buffer.alloc(0);
  #windowStart = 0;

  constructor(path: string) {
    this.#file = openSync(path, 'r');
    this.size = fstatSync(this.#file).size;
  }

  /** The fields of the message in this range. @throws Error where that is no message */
  *fields(start: number, end: number): Generator<WireField> {
    let position = start;
    const number = (): number => {
      let value = 0;
      for (let shift = 0; shift < 70; shift += 7) {
        if (position >= end) throw new Error('a number is cut off');
        const byte = this.#byte(position++);
        value += (byte & 0x7f) * 2 ** shift;
        if (byte < 0x80) return value;
      }
      throw new Error('a number has too many bytes');
    };
    const skip = (bytes: number): void => {
      if (bytes > end - position) throw new Error('a field is longer than what holds it');
      position += bytes;
    };
    while (position < end) {
      const tag = number();
      const field = Math.floor(tag / 8);
      if (field === 0) throw new Error('there is no field 0');
      switch (tag % 8) {
        case wireType.varint:
          yield { field, kind: 'number', value: number() };
          break;
        case wireType.bytes: {
          const length = number();
          const from = position;
          skip(length);
          yield { field, kind: 'bytes', start: from, end: position };
          break;
        }
        case wireType.fixed64:
          skip(8);
          yield { field, kind: 'fixed' };
          break;
        case wireType.fixed32:
          skip(4);
          yield { field, kind: 'fixed' };
          break;
        default:
          throw new Error(`a field has the unknown encoding ${tag % 8}`);
      }
    }
  }

  text(start: number, end: number): string {
    const bytes = Buffer.alloc(Math.min(end - start, windowBytes));
    readSync(this.#file, bytes, 0, bytes.length, start);
    return bytes.toString('utf8');
  }

  close(): void {
    closeSync(this.#file);
  }

  #byte(at: number): number {
    const offset = at - this.#windowStart;
    if (offset >= 0 && offset < this.#window.length) return this.#window[offset]!;
    const window = Buffer.alloc(windowBytes);
    this.#window = window.subarray(0, readSync(this.#file, window, 0, windowBytes, at));
    this.#windowStart = at;
    const byte = this.#window[0];
    if (byte === undefined) throw new Error('the file ends in the middle');
    return byte;
  }
}
