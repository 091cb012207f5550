import type { ResizeKind } from '../packs/manifest.js';
import { AlignCornersResizer } from './align-corners.js';
import { AntialiasedResizer } from './antialiased.js';
import type { Resizer } from './resizer.js';
import { bicubic, triangle } from './taps.js';

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
