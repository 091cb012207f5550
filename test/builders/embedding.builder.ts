import type { Embedding } from '#libs/domain';

/** The bits of a number of −2 to 2 as half precision holds it, rounded towards zero. */
const bitsOf = (value: number): number => {
  const sign = value < 0 ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size < 2 ** -14) return sign | Math.floor(size * 2 ** 24);
  const exponent = Math.floor(Math.log2(size));
  return sign | ((exponent + 15) << 10) | Math.floor((size / 2 ** exponent - 1) * 1024);
};

/** What a model says that a picture is like. */
export const anEmbedding = (numbers: number[], facts: Partial<Embedding> = {}): Embedding => ({
  model: 'efficientnet-lite0',
  version: '1',
  values: Buffer.from(Uint16Array.from(numbers, bitsOf).buffer).toString('base64'),
  ...facts,
});

/** One at an angle, in degrees, from that at 0: its cosine is how similar they are. */
export const atAngle = (degrees: number, facts: Partial<Embedding> = {}): Embedding => {
  const radians = (degrees / 180) * Math.PI;
  return anEmbedding([Math.cos(radians), Math.sin(radians), 0, 0], facts);
};
