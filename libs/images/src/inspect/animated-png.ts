const signatureBytes = 8;
const chunkOverheadBytes = 12;

/**
 * Whether a PNG is animated (PNG 3rd edition, §11.3.6: an `acTL` chunk before the first `IDAT`). libvips decodes the
 * still picture only, while browsers show the frames.
 */
export const isAnimatedPng = (bytes: Buffer): boolean => {
  for (let at = signatureBytes; at + 8 <= bytes.length;) {
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (type === 'acTL') return true;
    if (type === 'IDAT') return false;
    at += chunkOverheadBytes + bytes.readUInt32BE(at);
  }
  return false;
};
