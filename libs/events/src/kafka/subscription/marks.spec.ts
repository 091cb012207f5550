import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeNote, encodeNote, type Mark, takenBy } from './marks.js';

const committed = fc.integer({ min: 0, max: 2 ** 45 });
const shapes = (
  maxLength: number,
): fc.Arbitrary<{ gap: number; length: number; tries: number; isWorking: boolean }[]> =>
  fc.array(
    fc.record({
      gap: fc.integer({ min: 0, max: 40 }),
      length: fc.integer({ min: 1, max: 30 }),
      tries: fc.integer({ min: 0, max: 14 }),
      isWorking: fc.boolean(),
    }),
    { maxLength },
  );
const marksFrom = (
  base: number,
  all: { gap: number; length: number; tries: number; isWorking: boolean }[],
): Mark[] => {
  let next = base;
  return all.map(({ gap, length, tries, isWorking }) => {
    const from = next + gap;
    next = from + length;
    const state = tries === 0 ? 'done' : isWorking ? 'working' : 'suspect';
    return { from, to: next - 1, state, tries };
  });
};

describe('A commit’s note', () => {
  it('comes back as it was written', () => {
    fc.assert(
      fc.property(committed, shapes(60), (base, all) => {
        const note = { owner: 'a1b2c3d4', marks: marksFrom(base, all) };
        expect(decodeNote(base, encodeNote(base, note))).toEqual(note);
      }),
    );
  });

  it('never gets longer than a broker takes, and then accuses nobody of more tries than a neighbour had', () => {
    fc.assert(
      fc.property(committed, shapes(3_000), (base, all) => {
        const marks = marksFrom(base, all);
        const text = encodeNote(base, { owner: 'a1b2c3d4', marks });
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4_096);
        const read = decodeNote(base, text);
        expect(read?.owner).toBe('a1b2c3d4');
        for (const { from, to, tries } of read?.marks ?? []) {
          const ends = marks.filter((mark) => mark.from === from || mark.to === to);
          expect(ends.map((mark) => mark.tries)).toContain(tries);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('keeps a killer’s many tries however many others are in work', () => {
    const crowd = Array.from({ length: 2_000 }, (_, at): Mark => {
      const from = at * 50;
      return { from, to: from, state: 'working', tries: at === 900 ? 9 : 1 + (at % 3) };
    });
    const read = decodeNote(0, encodeNote(0, { owner: 'o', marks: crowd }));
    expect(read?.marks).toContainEqual({ from: 45_000, to: 45_000, state: 'working', tries: 9 });
  });

  it('takes whatever somebody else wrote for no note', () => {
    fc.assert(fc.property(committed, fc.string(), (base, text) => decodeNote(base, text) === undefined));
    const foreign = [
      null,
      undefined,
      '',
      'm1',
      'm1 o',
      'm1 o D',
      'm1 o X1',
      'm1 o W1',
      'm1 o D1*2',
      'm1 o D0 more',
    ];
    for (const text of [...foreign, 'm1 o D0+zzzzzzzzzz', 'm1 o W0*zzzzzzzz', 'm2 o '])
      expect(decodeNote(5, text)).toBeUndefined();
  });

  it('tells how many events do not wait: what is done and what is in work', () => {
    const marks: Mark[] = [
      { from: 3, to: 4, state: 'working', tries: 1 },
      { from: 6, to: 9, state: 'done', tries: 0 },
      { from: 10, to: 12, state: 'suspect', tries: 1 },
    ];
    expect(takenBy(3, encodeNote(3, { owner: 'o', marks }))).toBe(6);
    expect(takenBy(3, 'written by somebody else')).toBe(0);
  });
});
