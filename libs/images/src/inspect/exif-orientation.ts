const orientationTag = 0x0112;
const shortType = 3;

/**
 * Orientation 1–8 out of a TIFF structure as EXIF embeds it (Exif 2.32, §4.6.2: IFD0, tag 0x0112, one SHORT); 1 where
 * it is absent, or broken, as viewers take it.
 */
export const exifOrientation = (tiff: Buffer): number => {
  if (tiff.length < 8) return 1;
  const order = tiff.toString('latin1', 0, 2);
  if (order !== 'II' && order !== 'MM') return 1;
  const little = order === 'II';
  const u16 = (at: number): number => (little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const u32 = (at: number): number => (little ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at));

  const directory = u32(4);
  if (directory + 2 > tiff.length) return 1;
  const entries = u16(directory);
  for (let entry = 0; entry < entries; entry++) {
    const at = directory + 2 + entry * 12;
    if (at + 12 > tiff.length) return 1;
    if (u16(at) !== orientationTag) continue;
    const value = u16(at + 8);
    return u16(at + 2) === shortType && value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
};
