const signatureBytes = 8;
const chunkOverheadBytes = 12;
/** Encoders write some dozens at most before the pixels; twenty megabytes of empty ones would stall the event loop. */
const mostChunks = 1_000;

/**
 * Whether a PNG is animated (PNG 3rd edition, §11.3.6: an `acTL` chunk before the first `IDAT`). libvips decodes the
 * still picture only, while browsers show the frames. Undefined when too many chunks stand before the pixels to tell.
 */
export const isAnimatedPng = (bytes: Buffer): boolean | undefined => {
  let chunks = 0;
  for (let at = signatureBytes; at + 8 <= bytes.length;) {
    if (++chunks > mostChunks) return undefined;
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (type === 'acTL') return true;
    if (type === 'IDAT') return false;
    at += chunkOverheadBytes + bytes.readUInt32BE(at);
  }
  return false;
};
