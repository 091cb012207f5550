import { bitCount, wordsPerHash } from '../hash-words.js';
import { chunkAt, chunkBits, chunkCount, type ChunkTable } from './chunk-table.js';

export interface Match {
  /** which hash, in the order in which they were added, from 0 */
  index: number;
  /** bits that differ */
  distance: number;
}

/** Beyond it, chunks two bits apart would have to be looked up too: eight times as many. */
export const mostDistance = 2 * chunkCount - 1;

/** Reading rows out of order costs about this many times as much as reading them in order. */
const outOfOrderCost = 4;

/** One query's way through the index: collects matches within a bound, which it may tighten on the way. */
export class Search {
  readonly matches: Match[] = [];

  /**
   * @param hashes eight words a row
   * @param removed rows that do not count
   * @param query eight words
   * @param bound largest distance that matches, 0–31
   * @param nearestOnly keep one nearest match instead of all
   */
  constructor(
    private readonly hashes: Uint32Array,
    private readonly removed: ReadonlySet<number>,
    private readonly query: Uint32Array,
    private bound: number,
    private readonly nearestOnly: boolean,
  ) {}

  /** Compares rows `from … to − 1`, one after the other. */
  scan(from: number, to: number): void {
    for (let row = from; row < to; row++) this.compare(row);
  }

  /**
   * Multi-index hashing (Norouzi, Punjani, Fleet, CVPR 2012): hashes at most 31 bits apart are at most one bit apart
   * in one of 16 chunks, so only rows in 16 × 17 buckets can match. Where these hold so many rows that reading
   * everything in order is cheaper (near copies of one picture fill the same buckets), that is done instead: a query
   * never costs more than about a scan, whoever fills the index.
   * @param tables one for each chunk; each may know more rows than `count`
   * @param count rows that all tables know
   */
  searchTables(tables: readonly ChunkTable[], count: number): void {
    if (this.candidates(tables) * outOfOrderCost > count) return this.scan(0, count);
    tables.forEach((table, chunk) => {
      const value = chunkAt(this.query, 0, chunk);
      // asked anew each time, as a match may have tightened the bound
      if (this.radius(chunk) >= 0) this.compareBucket(table, chunk, value, count);
      for (let bit = 0; bit < chunkBits && this.radius(chunk) >= 1; bit++)
        this.compareBucket(table, chunk, value ^ (1 << bit), count);
    });
  }

  /**
   * How far apart a chunk may be, −1 for "need not be looked at". With bound = 16 s + a, some chunk among the first
   * a + 1 is within s, or some chunk among the others within s − 1: if none were, the distances would add up to more
   * than the bound (proposition 2 of the paper).
   */
  private radius(chunk: number): number {
    const whole = Math.floor(this.bound / chunkCount);
    return chunk <= this.bound - whole * chunkCount ? whole : whole - 1;
  }

  private candidates(tables: readonly ChunkTable[]): number {
    let sum = 0;
    tables.forEach(({ starts }, chunk) => {
      const value = chunkAt(this.query, 0, chunk);
      sum += starts[value + 1]! - starts[value]!;
      if (this.radius(chunk) < 1) return;
      for (let bit = 0; bit < chunkBits; bit++) {
        const near = value ^ (1 << bit);
        sum += starts[near + 1]! - starts[near]!;
      }
    });
    return sum;
  }

  private compareBucket({ starts, rows }: ChunkTable, chunk: number, value: number, count: number): void {
    const end = starts[value + 1]!;
    for (let at = starts[value]!; at < end; at++) {
      const row = rows[at]!;
      const distance = this.distanceTo(row);
      if (distance > this.bound || row >= count || this.removed.has(row)) continue;
      if (this.nearestOnly || !this.seenBefore(row, chunk)) this.take(row, distance);
    }
  }

  private compare(row: number): void {
    const distance = this.distanceTo(row);
    if (distance <= this.bound && !this.removed.has(row)) this.take(row, distance);
  }

  /** Hamming distance, or something larger than the bound as soon as it is passed: mostly after half of the words. */
  private distanceTo(row: number): number {
    const { hashes, query } = this;
    const at = row * wordsPerHash;
    const half =
      bitCount(hashes[at]! ^ query[0]!) +
      bitCount(hashes[at + 1]! ^ query[1]!) +
      bitCount(hashes[at + 2]! ^ query[2]!) +
      bitCount(hashes[at + 3]! ^ query[3]!);
    if (half > this.bound) return half;
    return (
      half +
      bitCount(hashes[at + 4]! ^ query[4]!) +
      bitCount(hashes[at + 5]! ^ query[5]!) +
      bitCount(hashes[at + 6]! ^ query[6]!) +
      bitCount(hashes[at + 7]! ^ query[7]!)
    );
  }

  /** Whether the table of an earlier chunk has led to this row already. The bound is fixed while all are kept. */
  private seenBefore(row: number, chunk: number): boolean {
    for (let earlier = 0; earlier < chunk; earlier++) {
      const apart = chunkAt(this.hashes, row * wordsPerHash, earlier) ^ chunkAt(this.query, 0, earlier);
      if (bitCount(apart) <= this.radius(earlier)) return true;
    }
    return false;
  }

  private take(index: number, distance: number): void {
    if (this.nearestOnly) {
      this.matches.length = 0;
      // only something nearer is of interest now; −1 after an exact match, which nothing passes
      this.bound = distance - 1;
    }
    this.matches.push({ index, distance });
  }
}
