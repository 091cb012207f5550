import { wordsPerHash } from '../hash-words.js';

/** A 256-bit hash is cut into 16 chunks of 16 bits, each with a table of its own. */
export const chunkCount = 16;
export const chunkBits = 16;
const buckets = 1 << chunkBits;

/**
 * Which rows have which value in one chunk, in compressed sparse form: rows with value v are
 * `rows[starts[v]] … rows[starts[v + 1] − 1]`. In shared memory, since a thread builds it. 4 bytes a row, and 256 KB.
 */
export interface ChunkTable {
  /** 65 537 offsets into `rows` */
  starts: Uint32Array;
  rows: Uint32Array;
}

/** Value 0–65535 of one chunk of the hash in words `at … at + 7`. */
export const chunkAt = (hashes: Uint32Array, at: number, chunk: number): number => {
  const word = hashes[at + (chunk >>> 1)]!;
  return chunk & 1 ? word & 0xffff : word >>> 16;
};

/** Counting sort of the first `count` rows by their value in one chunk; within a bucket rows ascend. */
export const buildChunkTable = (hashes: Uint32Array, count: number, chunk: number): ChunkTable => {
  const starts = sharedWords(buckets + 1);
  const rows = sharedWords(count);
  for (let row = 0; row < count; row++) starts[chunkAt(hashes, row * wordsPerHash, chunk) + 1]! += 1;
  for (let value = 0; value < buckets; value++) starts[value + 1]! += starts[value]!;
  const next = starts.slice();
  for (let row = 0; row < count; row++) {
    const value = chunkAt(hashes, row * wordsPerHash, chunk);
    rows[next[value]!] = row;
    next[value]! += 1;
  }
  return { starts, rows };
};

/** Zeroed 32-bit words that threads can share. */
export const sharedWords = (length: number): Uint32Array =>
  new Uint32Array(new SharedArrayBuffer(length * Uint32Array.BYTES_PER_ELEMENT));
