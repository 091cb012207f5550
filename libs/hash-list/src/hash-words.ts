/** 32-bit words of one 256-bit hash. */
export const wordsPerHash = 8;

/**
 * The eight words of a hash in hex, the first digits first.
 * @throws RangeError unless it is 64 hex digits
 */
export const wordsOf = (hash: string): Uint32Array => {
  if (!/^[0-9a-f]{64}$/i.test(hash)) throw new RangeError('a PDQ hash is written as 64 hex digits');
  return Uint32Array.from({ length: wordsPerHash }, (_, word) =>
    parseInt(hash.slice(word * 8, word * 8 + 8), 16),
  );
};

/** Inverse of `wordsOf`. */
export const hexOf = (words: Uint32Array): string =>
  Array.from(words, (word) => word.toString(16).padStart(8, '0')).join('');

/** How many bits of a 32-bit integer are set (Warren, Hacker's Delight, §5-1). */
export const bitCount = (word: number): number => {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
};

/** In how many of their 256 bits two hashes differ. */
export const hammingDistance = (a: string, b: string): number => {
  const [left, right] = [wordsOf(a), wordsOf(b)];
  return left.reduce((sum, word, index) => sum + bitCount(word ^ right[index]!), 0);
};
