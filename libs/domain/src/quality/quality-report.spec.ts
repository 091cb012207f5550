import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { drawOf } from './draw.js';
import { goldenReportOf, secondLookReportOf, type SecondLookTally } from './quality-report.js';

const [ana, ben, cyd] = ['a', 'b', 'c'];
const verdict = fc.constantFrom('allow' as const, 'block' as const);
const tally = fc
  .record({
    firstModeratorId: fc.constantFrom(ana, ben, cyd),
    moderatorId: fc.constantFrom(ana, ben, cyd),
    category: fc.constantFrom('sexual/explicit', 'goods/firearm', null),
    first: verdict,
    second: verdict,
    count: fc.integer({ min: 1, max: 50 }),
  })
  .filter(({ firstModeratorId, moderatorId }) => firstModeratorId !== moderatorId);

describe('how well people agree', () => {
  it('is told for two people together, whoever looked second', () => {
    const tallies: SecondLookTally[] = [
      {
        firstModeratorId: ana,
        moderatorId: ben,
        category: 'x/y',
        first: 'allow',
        second: 'allow',
        count: 20,
      },
      { firstModeratorId: ana, moderatorId: ben, category: 'x/y', first: 'allow', second: 'block', count: 2 },
      // ben blocked first, ana allowed: again ana's allow and ben's block
      { firstModeratorId: ben, moderatorId: ana, category: 'x/y', first: 'block', second: 'allow', count: 3 },
      {
        firstModeratorId: ben,
        moderatorId: ana,
        category: 'x/z',
        first: 'allow',
        second: 'block',
        count: 10,
      },
      {
        firstModeratorId: ben,
        moderatorId: ana,
        category: 'x/z',
        first: 'block',
        second: 'block',
        count: 15,
      },
    ];
    const { pairs, overall } = secondLookReportOf(tallies);
    expect(pairs).toHaveLength(1);
    // The worked example: observed 0.7, expected 0.5.
    expect(pairs[0]).toMatchObject({
      moderatorIds: [ana, ben],
      looks: 50,
      bothAllow: 20,
      allowBlock: 5,
      blockAllow: 10,
      bothBlock: 15,
    });
    expect(pairs[0]!.kappa!.value).toBeCloseTo(0.4, 10);
    expect(pairs[0]!.agreement!.value).toBeCloseTo(0.7, 10);
    expect(pairs[0]!.categories.map(({ category, looks }) => [category, looks])).toEqual([
      ['x/y', 25],
      ['x/z', 25],
    ]);
    expect(overall).toMatchObject({ looks: 50, allowBlock: 12, blockAllow: 3 });
  });

  it('counts every look once: in one pair, and in one category of all', () => {
    fc.assert(
      fc.property(fc.array(tally), (tallies) => {
        const { overall, categories, pairs } = secondLookReportOf(tallies);
        const sum = (parts: { looks: number }[]) => parts.reduce((total, { looks }) => total + looks, 0);
        expect(sum(categories)).toBe(overall.looks);
        expect(sum(pairs)).toBe(overall.looks);
        for (const pair of pairs) {
          expect(sum(pair.categories)).toBe(pair.looks);
          expect(pair.bothAllow + pair.bothBlock + pair.allowBlock + pair.blockAllow).toBe(pair.looks);
        }
        expect(new Set(pairs.map(({ moderatorIds }) => moderatorIds.join())).size).toBe(pairs.length);
      }),
    );
  });

  it('is unknown without looks, and kappa also where there was one answer only', () => {
    expect(secondLookReportOf([]).overall).toMatchObject({ looks: 0, agreement: null, kappa: null });
    const one = { firstModeratorId: ana, moderatorId: ben, category: null, count: 9 };
    const { overall } = secondLookReportOf([{ ...one, first: 'allow', second: 'allow' }]);
    expect(overall.kappa).toBeNull();
    expect(overall.agreement!.value).toBe(1);
  });
});

describe('how often the right answer is found', () => {
  it('is told for each person, and what kind of mistakes they make', () => {
    const { overall, moderators } = goldenReportOf([
      { moderatorId: ana, category: null, expected: 'block', verdict: 'block', count: 8 },
      { moderatorId: ana, category: null, expected: 'block', verdict: 'allow', count: 2 },
      { moderatorId: ben, category: null, expected: 'allow', verdict: 'block', count: 1 },
    ]);
    expect(moderators).toMatchObject([
      { moderatorId: ana, looks: 10, right: 8, missed: 2, overblocked: 0, accuracy: { value: 0.8 } },
      { moderatorId: ben, looks: 1, right: 0, missed: 0, overblocked: 1, accuracy: { value: 0 } },
    ]);
    expect(overall).toMatchObject({ looks: 11, right: 8, missed: 2, overblocked: 1 });
  });
});

describe('a draw by an id', () => {
  it('lies in [0, 1), and is the same every time', () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        expect(drawOf(id)).toBeGreaterThanOrEqual(0);
        expect(drawOf(id)).toBeLessThan(1);
        expect(drawOf(id.toUpperCase())).toBe(drawOf(id));
      }),
    );
    expect(drawOf('019b0000-0000-7000-8000-800000000000')).toBe(0.5);
  });
});
