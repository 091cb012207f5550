import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { seeded } from '../../../../test/fixtures/pictures.js';
import { hammingDistance, hexOf, wordsOf, wordsPerHash } from '../hash-words.js';
import { buildChunkTable, chunkCount } from './chunk-table.js';
import { HammingIndex } from './hamming-index.js';
import { type Match, mostDistance, Search } from './search.js';

const hash = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));

/** The hash with some of its 256 bits flipped. */
const flipped = (of: string, bits: Iterable<number>): string => {
  const words = wordsOf(of);
  for (const bit of bits) words[bit >> 5]! ^= 1 << (bit & 31);
  return hexOf(words);
};
const fewBits = fc.uniqueArray(fc.integer({ min: 0, max: 255 }), { maxLength: 40 });
/** Bits of two chunks only: as far apart in a chunk as can be. */
const chunkedBits = fc.uniqueArray(fc.integer({ min: 0, max: 31 }), { maxLength: 32 });

/** A query, and hashes around it: strangers, and copies whose distance lies on either side of the bound. */
const around = hash.chain((query) =>
  fc.record({
    query: fc.constant(query),
    hashes: fc.array(
      fc.oneof(
        hash,
        fewBits.map((bits) => flipped(query, bits)),
        chunkedBits.map((bits) => flipped(query, bits)),
      ),
      { minLength: 1, maxLength: 60 },
    ),
    maxDistance: fc.integer({ min: 0, max: mostDistance }),
  }),
);

const packed = (hashes: string[]): Uint32Array => {
  const words = new Uint32Array(hashes.length * wordsPerHash);
  hashes.forEach((each, index) => words.set(wordsOf(each), index * wordsPerHash));
  return words;
};

const bySpelling = (hashes: string[], query: string, maxDistance: number): Match[] =>
  hashes
    .map((each, index) => ({ index, distance: hammingDistance(each, query) }))
    .filter(({ distance }) => distance <= maxDistance);

const sorted = (matches: Match[]): Match[] => [...matches].sort((a, b) => a.index - b.index);

describe('hammingDistance', () => {
  it('counts the bits that differ', () => {
    fc.assert(
      fc.property(hash, fewBits, (one, bits) => {
        expect(hammingDistance(one, flipped(one, bits))).toBe(bits.length);
      }),
    );
  });

  it('rejects what is not a hash', () => {
    expect(() => hammingDistance('abc', '0'.repeat(64))).toThrow(RangeError);
  });
});

/** Straight through the tables: the fallback to a scan is kept out by buckets counted as if among many rows. */
const throughTables = (
  hashes: string[],
  query: string,
  maxDistance: number,
  nearestOnly: boolean,
  removed: number[] = [],
): Match[] => {
  const words = packed(hashes);
  const tables = Array.from({ length: chunkCount }, (_, chunk) =>
    buildChunkTable(words, hashes.length, chunk),
  );
  const search = new Search(words, new Set(removed), wordsOf(query), maxDistance, nearestOnly);
  search.searchTables(tables, Number.MAX_SAFE_INTEGER);
  return search.matches;
};

describe('Search', () => {
  it('finds by tables exactly what comparing everything finds', () => {
    fc.assert(
      fc.property(around, ({ query, hashes, maxDistance }) => {
        expect(sorted(throughTables(hashes, query, maxDistance, false))).toEqual(
          bySpelling(hashes, query, maxDistance),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('finds by tables one of the nearest', () => {
    fc.assert(
      fc.property(around, ({ query, hashes, maxDistance }) => {
        const nearest = Math.min(...bySpelling(hashes, query, maxDistance).map(({ distance }) => distance));
        const [found] = throughTables(hashes, query, maxDistance, true);
        expect(found?.distance ?? Infinity).toBe(nearest);
      }),
      { numRuns: 100 },
    );
  });
});

describe('Search, with removed hashes', () => {
  it('leaves them out, by tables and by comparing everything', () => {
    const hashes = fc.sample(hash, { numRuns: 3, seed: 8 });
    const [, query] = hashes as [string, string];
    const search = new Search(packed(hashes), new Set([1]), wordsOf(query), 31, false);
    search.scan(0, hashes.length);
    expect(search.matches).toEqual([]);
    expect(throughTables(hashes, query, 31, false, [1])).toEqual([]);
    expect(throughTables(hashes, query, 31, false)).toEqual([{ index: 1, distance: 0 }]);
  });
});

describe('HammingIndex', () => {
  let open: HammingIndex[] = [];
  const indexOf = async (hashes: string[], mostUnindexed?: number): Promise<HammingIndex> => {
    const index = await HammingIndex.build(packed(hashes), { mostUnindexed });
    open.push(index);
    return index;
  };
  afterEach(async () => {
    await Promise.all(open.map((index) => index.settled()));
    open = [];
  });

  it.each([
    ['without tables', 1_000],
    ['with tables built in a thread', 0],
  ])('finds %s exactly what comparing everything finds', async (_how, mostUnindexed) => {
    const samples = fc.sample(around, { numRuns: 12, seed: 5 });
    for (const { query, hashes, maxDistance } of samples) {
      const index = await indexOf(hashes, mostUnindexed);
      expect(sorted(index.within(query, maxDistance))).toEqual(bySpelling(hashes, query, maxDistance));
    }
  });

  it('stays exact when near copies of one picture fill the same buckets', async () => {
    const [query] = fc.sample(hash, { numRuns: 1, seed: 1 }) as [string];
    const copies = fc.sample(fewBits, { numRuns: 1_000, seed: 2 }).map((bits) => flipped(query, bits));
    const index = await indexOf(copies, 100);
    expect(sorted(index.within(query, 31))).toEqual(bySpelling(copies, query, 31));
    const least = Math.min(...bySpelling(copies, query, 31).map(({ distance }) => distance));
    expect(index.nearest(query, 31)?.distance).toBe(least);
  });

  it('finds an added hash at once, and still after the tables were rebuilt beside it', async () => {
    const hashes = fc.sample(hash, { numRuns: 400, seed: 3 });
    const index = await indexOf(hashes.slice(0, 50), 20);
    hashes.slice(50).forEach((each, offset) => {
      expect(index.add(each)).toBe(50 + offset);
      expect(index.nearest(each, 0)).toEqual({ index: 50 + offset, distance: 0 });
    });
    const expectAll = (): void =>
      hashes.forEach((each, row) => expect(index.within(each, 0)).toEqual([{ index: row, distance: 0 }]));
    expectAll();
    await index.settled();
    expectAll();
    expect(index.size).toBe(400);
  });

  it('stays exact while old and new tables stand side by side', async () => {
    const random = seeded(4);
    const hashes = Array.from({ length: 12_000 }, () =>
      hexOf(Uint32Array.from({ length: wordsPerHash }, () => random() * 2 ** 32)),
    );
    const index = await indexOf(hashes.slice(0, 10_000), 1_000);
    hashes.slice(10_000).forEach((each) => index.add(each));
    const settled = index.settled();
    let over = false;
    void settled.then(() => (over = true));
    for (let turn = 0; !over; turn++) {
      const row = (turn * 7_919) % hashes.length;
      expect(index.within(flipped(hashes[row]!, [1, 100, 200]), 3)).toEqual([{ index: row, distance: 3 }]);
      await new Promise(setImmediate);
    }
    await settled;
  });

  it('finds a removed hash no more', async () => {
    const hashes = fc.sample(hash, { numRuns: 60, seed: 6 });
    const index = await indexOf(hashes, 10);
    index.remove(7);
    expect(index.within(hashes[7]!, 31)).toEqual([]);
    expect(index.nearest(hashes[7]!, 31)).toBeUndefined();
    expect(index.nearest(hashes[8]!, 31)?.index).toBe(8);
  });

  it('may be empty', async () => {
    const index = await indexOf([]);
    expect(index.nearest('0'.repeat(64), 31)).toBeUndefined();
  });

  it('refuses distances that it cannot search exactly', async () => {
    const index = await indexOf([]);
    for (const distance of [-1, 32, 1.5])
      expect(() => index.within('0'.repeat(64), distance)).toThrow(RangeError);
  });
});
