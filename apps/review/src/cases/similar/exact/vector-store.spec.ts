import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { halfPrecision } from './half-precision.js';
import { packed, unpacked } from './packed-rows.js';
import { type VectorRow, VectorStore } from './vector-store.js';

/** The bits of numbers that half precision holds exactly. */
const halvesOf = (...numbers: number[]): Uint16Array =>
  Uint16Array.from(numbers, (number) => {
    const bits = halfPrecision.indexOf(number);
    if (bits < 0) throw new Error(`${number} is no half-precision number`);
    return bits;
  });
const row = (contentId: string, ...numbers: number[]): VectorRow => ({
  contentId,
  group: 'a',
  halves: halvesOf(...numbers),
});
const megabyte = 1_000_000;
const search = (store: VectorStore, numbers: number[], { limit = 10, leaveOut = [] as string[] } = {}) =>
  store.nearest({ group: 'a', halves: halvesOf(...numbers), leaveOut: new Set(leaveOut), limit });
const idsIn = ({ neighbours }: { neighbours: { contentId: string }[] }) =>
  neighbours.map(({ contentId }) => contentId);

describe('half precision', () => {
  it.each([
    [0x3c00, 1],
    [0xc000, -2],
    [0x3555, 0.333251953125],
    [0x7bff, 65504],
    [0x0001, 2 ** -24],
    [0x0400, 2 ** -14],
    [0x8000, -0],
    [0x7c00, Infinity],
    [0x7e00, NaN],
  ])('%i stands for %d', (bits, number) => expect(halfPrecision[bits]).toBe(number));
});

describe('The vectors in memory', () => {
  it('are found by the cosine of their angle, the nearest first, whatever their length', () => {
    const store = new VectorStore(megabyte);
    store.add([row('right', 2, 0), row('up', 0, 1), row('diagonal', 0.5, 0.5), row('left', -1, 0)]);
    const found = search(store, [1, 0]);
    expect(found.searched).toBe(4);
    expect(found.neighbours).toEqual([
      { contentId: 'right', similarity: expect.closeTo(1) },
      { contentId: 'diagonal', similarity: expect.closeTo(Math.SQRT1_2) },
      { contentId: 'up', similarity: expect.closeTo(0) },
      { contentId: 'left', similarity: expect.closeTo(-1) },
    ]);
    expect(idsIn(search(store, [1, 0], { limit: 2, leaveOut: ['right'] }))).toEqual(['diagonal', 'up']);
  });

  it('are those of one model, have a direction, and are as long as what is searched for', () => {
    const store = new VectorStore(megabyte);
    store.add([
      row('nothing', 0, 0),
      { ...row('other model', 1, 0), group: 'b' },
      row('longer', 1, 0, 0),
      { contentId: 'no numbers', group: 'a', halves: Uint16Array.of(0x7e00, 0x3c00) },
    ]);
    expect(search(store, [1, 0])).toEqual({ neighbours: [], searched: 3 });
    expect(search(store, [0, 0]).neighbours).toEqual([]);
  });

  it('are forgotten when told, and written over', () => {
    const store = new VectorStore(megabyte);
    store.add([row('a', 1, 0), row('b', 1, 0)]);
    store.add([{ contentId: 'a', group: 'a', halves: null }, row('b', 0, 1)]);
    expect(search(store, [1, 0])).toEqual({
      neighbours: [{ contentId: 'b', similarity: expect.closeTo(0) }],
      searched: 1,
    });
  });

  it('keep to their memory: the first load stops, and later the oldest go, those of the first load before others', () => {
    const store = new VectorStore(3 * 304);
    expect(store.load([row('new', 1, 0), row('old', 1, 0)])).toBe(true);
    expect(store.load([row('older', 1, 0), row('oldest', 1, 0)])).toBe(false);
    expect(search(store, [1, 0]).searched).toBe(3);
    store.add([row('newer', 1, 0)]);
    expect(idsIn(search(store, [1, 0]))).toEqual(['new', 'old', 'newer']);
    store.add([row('newest', 1, 0), row('last', 1, 0)]);
    expect(idsIn(search(store, [1, 0]))).toEqual(['newer', 'newest', 'last']);
    store.add([row('very last', 1, 0)]);
    expect(idsIn(search(store, [1, 0]))).toEqual(['newest', 'last', 'very last']);
  });

  it('are found as a plain sort finds them', () => {
    const numbers = fc.array(fc.constantFrom(-2, -1, -0.5, 0.5, 1, 2), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(
        fc.array(numbers, { minLength: 1, maxLength: 40 }),
        numbers,
        fc.integer({ min: 1, max: 5 }),
        (all, origin, limit) => {
          const store = new VectorStore(megabyte);
          store.add(all.map((vector, at) => row(`${at}`, ...vector)));
          const cosine = (a: number[], b: number[]): number =>
            a.reduce((sum, each, at) => sum + each * b[at]!, 0) / (Math.hypot(...a) * Math.hypot(...b));
          const expected = all.map((vector) => cosine(origin, vector)).sort((a, b) => b - a);
          const found = search(store, origin, { limit }).neighbours.map(({ similarity }) => similarity);
          expect(found).toEqual(expected.slice(0, limit).map((each) => expect.closeTo(each, 5)));
        },
      ),
    );
  });
});

describe('Packed rows', () => {
  it('are the same when they are unpacked', () => {
    const vector = Buffer.from([0x00, 0x3c, 0x00, 0xc0]);
    const rows = [
      { contentId: 'a', model: 'm', version: '1', vector },
      { contentId: 'b', model: 'm', version: '2', vector: null },
      { contentId: 'c', model: 'm', version: '1', vector: vector.subarray(0, 2) },
    ];
    expect(unpacked(packed(rows))).toEqual([
      { contentId: 'a', group: 'm\n1', halves: halvesOf(1, -2) },
      { contentId: 'b', group: 'm\n2', halves: null },
      { contentId: 'c', group: 'm\n1', halves: halvesOf(1) },
    ]);
  });
});
