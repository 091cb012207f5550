import { wordsOf, wordsPerHash } from '../hash-words.js';
import { buildTables } from './build-tables.js';
import { chunkCount, type ChunkTable, sharedWords } from './chunk-table.js';
import { type Match, mostDistance, Search } from './search.js';

export interface HammingIndexOptions {
  /** Up to here hashes are simply compared one after the other, which takes some 0.1 ms. */
  mostUnindexed?: number;
  /** Told when building tables beside the running index fails; it stays exact, only slower. */
  onFault?: (error: Error) => void;
}

const defaultMostUnindexed = 16_384;
/** Beside large tables more may wait, so that tables are rebuilt at most about 50 times while the index doubles. */
const unindexedShare = 1 / 64;
/** Room for further hashes, as a share of those there are. */
const spareShare = 1 / 8;

/**
 * Exact search for near 256-bit hashes among up to several million of them: 100 bytes each, a fraction of a
 * millisecond a query at a million. Kept in memory; hashes may be added and removed at any time, tables for them are
 * built in a thread of their own.
 */
export class HammingIndex {
  /** eight words a row, in shared memory; longer than `size` rows */
  private hashes: Uint32Array;
  private rows: number;
  /** one for each chunk, or none; while a rebuild is under way some know more than `indexed` rows */
  private tables: ChunkTable[] = [];
  /** rows that every table knows; those after it are compared one by one */
  private indexed = 0;
  private readonly removed = new Set<number>();
  private rebuilding: Promise<void> | undefined;
  private readonly mostUnindexed: number;
  private readonly onFault: (error: Error) => void;

  private constructor(hashes: Uint32Array, options: HammingIndexOptions) {
    this.rows = hashes.length / wordsPerHash;
    this.hashes = withRoomFor(hashes, this.rows);
    this.mostUnindexed = options.mostUnindexed ?? defaultMostUnindexed;
    this.onFault = options.onFault ?? ((error) => process.emitWarning(error));
  }

  /**
   * Copies the hashes; resolves once they can be searched at full speed.
   * @param hashes eight 32-bit words each, the first hex digits first
   * @throws RangeError unless the length is a multiple of eight
   */
  static async build(hashes: Uint32Array, options: HammingIndexOptions = {}): Promise<HammingIndex> {
    if (hashes.length % wordsPerHash !== 0) throw new RangeError('a hash has eight 32-bit words');
    const index = new HammingIndex(hashes, options);
    if (index.rows > index.mostUnindexed) await index.rebuild(true);
    return index;
  }

  /** Hashes added so far, removed ones included. */
  get size(): number {
    return this.rows;
  }

  /**
   * Adds a hash of 64 hex digits and returns its index. Found from now on.
   * @throws RangeError when it is not a hash
   */
  add(hash: string): number {
    const words = wordsOf(hash);
    const index = this.rows;
    if ((index + 1) * wordsPerHash > this.hashes.length) this.hashes = withRoomFor(this.hashes, index);
    this.hashes.set(words, index * wordsPerHash);
    this.rows += 1;
    const waiting = this.rows - this.indexed;
    if (!this.rebuilding && waiting > Math.max(this.mostUnindexed, this.indexed * unindexedShare))
      this.rebuild(false).catch((error: unknown) => this.onFault(error as Error));
    return index;
  }

  /** Found no more from now on; its memory and index are not given to another. */
  remove(index: number): void {
    this.removed.add(index);
  }

  /** One of the nearest hashes within `maxDistance` bits (0–31). @throws RangeError on a wrong hash or distance */
  nearest(hash: string, maxDistance: number): Match | undefined {
    return this.search(hash, maxDistance, true)[0];
  }

  /** All hashes within `maxDistance` bits (0–31), in no order. @throws RangeError on a wrong hash or distance */
  within(hash: string, maxDistance: number): Match[] {
    return this.search(hash, maxDistance, false);
  }

  /** Resolves when no tables are being built. */
  async settled(): Promise<void> {
    while (this.rebuilding) await this.rebuilding.catch(() => undefined);
  }

  private search(hash: string, maxDistance: number, nearestOnly: boolean): Match[] {
    if (!Number.isInteger(maxDistance) || maxDistance < 0 || maxDistance > mostDistance)
      throw new RangeError(`a distance is a whole number from 0 to ${mostDistance}`);
    const search = new Search(this.hashes, this.removed, wordsOf(hash), maxDistance, nearestOnly);
    if (this.indexed > 0) search.searchTables(this.tables, this.indexed);
    search.scan(this.indexed, this.rows);
    return search.matches;
  }

  private rebuild(awaited: boolean): Promise<void> {
    const count = this.rows;
    const hadTables = this.indexed > 0;
    const built: ChunkTable[] = [];
    const take = (table: ChunkTable, chunk: number): void => {
      built.push(table);
      // a new table knows all rows of the old one, so it may take its place at once
      if (hadTables) this.tables[chunk] = table;
    };
    this.rebuilding = buildTables({ hashes: this.hashes, count }, take, awaited)
      .then(() => {
        if (built.length !== chunkCount) throw new Error('the thread did not build all hash tables');
        this.tables = built;
        this.indexed = count;
      })
      .finally(() => {
        this.rebuilding = undefined;
      });
    return this.rebuilding;
  }
}

const withRoomFor = (hashes: Uint32Array, rows: number): Uint32Array => {
  const capacity = rows + Math.max(1_024, Math.ceil(rows * spareShare));
  const larger = sharedWords(capacity * wordsPerHash);
  larger.set(hashes.subarray(0, rows * wordsPerHash));
  return larger;
};
