import type { Pixels } from '#libs/domain';

/** Brings pictures of any size to one size, aspect ratio given up: nothing at the edges escapes the model. */
export interface Resizer {
  /** Writes width · height · 3 bytes, RGB interleaved, to `target` from `offset` on. */
  resize(source: Pixels, target: Uint8Array, offset: number): void;
}
