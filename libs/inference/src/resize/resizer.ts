import type { Pixels } from '#libs/domain';
import type { ResizeKind } from '../packs/manifest.js';
import { AlignCornersResizer } from './align-corners.js';
import { AntialiasedResizer, bicubic, triangle } from './antialiased.js';

/** Brings pictures of any size to one size, aspect ratio given up: nothing at the edges escapes the model. */
export interface Resizer {
  /** Writes width · height · 3 bytes, RGB interleaved, to `target` from `offset` on. */
  resize(source: Pixels, target: Uint8Array, offset: number): void;
}

/** Resizers keep scratch memory: one for each thread and pack. */
export const resizerFor = (kind: ResizeKind, width: number, height: number): Resizer => {
  switch (kind) {
    case 'tf-bilinear-align-corners':
      return new AlignCornersResizer(width, height);
    case 'antialiased-bilinear':
      return new AntialiasedResizer(width, height, triangle);
    case 'antialiased-bicubic':
      return new AntialiasedResizer(width, height, bicubic);
  }
};
