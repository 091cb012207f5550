/** The number that sixteen bits stand for (IEEE 754 binary16). */
const valueOf = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
};

/** Every half-precision number by its bits: JavaScript of Node 20 and 22 cannot read them itself. 256 KB. */
export const halfPrecision: Float32Array = Float32Array.from({ length: 2 ** 16 }, (_, bits) => valueOf(bits));
