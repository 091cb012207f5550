/**
 * Numbers as IEEE 754 half-precision floats, little endian, each rounded to the nearest (ties to even): 2 bytes a number.
 * Beyond 65 504 they become infinite.
 */
export const toHalfFloats = (values: Float32Array): Uint8Array => {
  const bytes = new Uint8Array(values.length * 2);
  const view = new DataView(bytes.buffer);
  const singles = new Uint32Array(values.buffer, values.byteOffset, values.length);
  singles.forEach((single, at) => view.setUint16(at * 2, halfOf(single), true));
  return bytes;
};

/** @throws RangeError for an odd number of bytes */
export const fromHalfFloats = (bytes: Uint8Array): Float32Array => {
  if (bytes.length % 2 !== 0) throw new RangeError(`${bytes.length} bytes are no half-precision numbers`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Float32Array.from({ length: bytes.length / 2 }, (_, at) => numberOf(view.getUint16(at * 2, true)));
};

/** Of their 23 and 10 bits of fraction, and exponents biased by 127 and 15. */
const lostBits = 13;
const biasBetween = 112;
const infinity = 0x7c00;
const quietNaN = 0x7e00;

/** @param single the bits of a single-precision number */
const halfOf = (single: number): number => {
  const sign = (single >>> 16) & 0x8000;
  const fraction = single & 0x7fffff;
  const exponent = ((single >>> 23) & 0xff) - biasBetween;
  if (exponent === 0xff - biasBetween && fraction > 0) return sign | quietNaN;
  if (exponent >= 31) return sign | infinity;
  // a carry out of the fraction is the next exponent, which is just what rounding up means
  if (exponent > 0) return sign | rounded((exponent << 23) | fraction, lostBits);
  // too small for an exponent: its leading one becomes a bit of the fraction
  const shift = lostBits + 1 - exponent;
  return sign | (shift > 24 ? 0 : rounded(fraction | 0x800000, shift));
};

const rounded = (value: number, bits: number): number => {
  const kept = value >>> bits;
  const lost = value & (2 ** bits - 1);
  const half = 2 ** (bits - 1);
  return lost > half || (lost === half && kept % 2 === 1) ? kept + 1 : kept;
};

const numberOf = (half: number): number => {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return fraction > 0 ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
};
