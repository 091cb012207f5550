export { hammingDistance, hexOf, wordsOf } from './hash-words.js';
export { pdqHash } from './pdq/pdq-hash.js';
export { type HashedPixels, PdqHasher } from './pdq/pdq-hasher.js';
export { HammingIndex, type HammingIndexOptions } from './near/hamming-index.js';
export type { Match } from './near/search.js';
