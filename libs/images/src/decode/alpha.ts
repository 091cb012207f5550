import { setImmediate as nextTurn } from 'node:timers/promises';

/** Pixels looked at before other work gets its turn: about a millisecond. */
const pixelsPerTurn = 1_000_000;

/** Whether every pixel of interleaved RGBA bytes is fully opaque. Lets the event loop breathe on large pictures. */
export const isOpaque = async (rgba: Uint8Array): Promise<boolean> => {
  for (let from = 0; from < rgba.length; from += pixelsPerTurn * 4) {
    if (from > 0) await nextTurn();
    const to = Math.min(rgba.length, from + pixelsPerTurn * 4);
    for (let at = from + 3; at < to; at += 4) if (rgba[at] !== 255) return false;
  }
  return true;
};
