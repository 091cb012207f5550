import fc from 'fast-check';
import type { Category, Scores } from '#libs/domain';
import type { ModelPack, Route } from '#libs/inference';
import { calledOf, planLook } from './routing.js';

const aPack = (name: string, categories: Category[], route?: Route[]): ModelPack =>
  ({
    manifest: { name, route },
    categories: categories.map((category) => ({ category })),
  }) as unknown as ModelPack;
const named = (packs: ModelPack[]): string[] => packs.map(({ manifest }) => manifest.name);

const explicit = aPack('explicit', ['sexual/explicit']);
const goods = aPack('goods', ['goods/firearm', 'goods/alcohol']);
const minors = aPack('minors', ['safety/minor'], [{ category: 'sexual/explicit', atLeast: 0.3 }]);
const knives = aPack(
  'knives',
  ['goods/knife'],
  [
    { category: 'goods/firearm', atLeast: 0.2 },
    { category: 'goods/military', atLeast: 0.5 },
  ],
);
const all = [explicit, goods, minors, knives];

/** Who looks, in order, when the generals give these scores. */
const lookers = (asks: Category[], fast: Scores, generals: Scores = {}, packs = all): string[][] => {
  const plan = planLook(packs, asks, fast);
  return [named(plan.generals), named(calledOf(plan, asks, { ...fast, ...generals }))];
};

describe('Routing', () => {
  it('runs a general pack when it knows what is asked, whatever the scores', () => {
    expect(lookers(['sexual/explicit'], {}, { 'sexual/explicit': 0 })).toEqual([['explicit'], []]);
    expect(lookers(['goods/alcohol', 'sexual/explicit'], { 'sexual/explicit': 0.1 })).toEqual([
      ['explicit', 'goods'],
      [],
    ]);
  });

  it('calls a specialist by the fast tier’s score, although nobody asked for what it knows', () => {
    expect(lookers(['goods/alcohol'], { 'sexual/explicit': 0.3 })).toEqual([['goods'], ['minors']]);
    expect(lookers(['goods/alcohol'], { 'sexual/explicit': 0.29 })).toEqual([['goods'], []]);
  });

  it('calls a specialist by what a general saw', () => {
    const fast = { 'sexual/explicit': 0.1 };
    expect(lookers(['sexual/explicit'], fast, { 'sexual/explicit': 0.6 })).toEqual([
      ['explicit'],
      ['minors'],
    ]);
  });

  it('needs one of several routes', () => {
    expect(lookers(['goods/firearm'], {}, { 'goods/firearm': 0.2 })).toEqual([['goods'], ['knives']]);
  });

  it('runs the general that a specialist for what is asked waits to hear', () => {
    const [onlyAlone] = lookers(['safety/minor'], {});
    expect(onlyAlone).toEqual(['explicit']);
    expect(lookers(['safety/minor'], {}, { 'sexual/explicit': 0.2 })).toEqual([['explicit'], []]);
    expect(lookers(['safety/minor'], {}, { 'sexual/explicit': 0.3 })).toEqual([['explicit'], ['minors']]);
  });

  it('lets the fast tier rule a specialist out without a general', () => {
    expect(lookers(['safety/minor'], { 'sexual/explicit': 0.2 })).toEqual([[], []]);
  });

  it('runs a specialist for what is asked when nobody scored its route, and for nothing else', () => {
    const alone = [explicit, knives];
    expect(lookers(['goods/knife'], {}, {}, alone)).toEqual([[], ['knives']]);
    // one of its two routes is unseen
    expect(lookers(['goods/knife'], { 'goods/firearm': 0 }, {}, alone)).toEqual([[], ['knives']]);
    expect(lookers(['sexual/explicit'], {}, { 'sexual/explicit': 0 }, alone)).toEqual([['explicit'], []]);
  });

  it('leaves alone a picture about which nothing is asked', () => {
    expect(lookers([], { 'sexual/explicit': 1 })).toEqual([[], []]);
  });

  it('rules out nothing that was asked unless all its routes were scored too low', () => {
    const categories = ['sexual/explicit', 'goods/firearm', 'goods/military', 'safety/minor', 'goods/knife'];
    const scores = fc.dictionary(fc.constantFrom(...categories), fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(fc.subarray(categories), scores, scores, (asks, fast, heard) => {
        const plan = planLook(all, asks, fast);
        const known = plan.generals.flatMap((pack) => pack.categories.map(({ category }) => category));
        const generals = Object.fromEntries(
          Object.entries(heard).filter(([category]) => known.includes(category)),
        );
        const last = Object.fromEntries(
          categories
            .map((each) => [each, Math.max(fast[each] ?? -1, generals[each] ?? -1)] as const)
            .filter(([, score]) => score >= 0),
        );
        const ran = new Set(calledOf(plan, asks, last));
        for (const specialist of [minors, knives]) {
          const isAsked = specialist.categories.some(({ category }) => asks.includes(category));
          const route = specialist.manifest.route!;
          const isRuledOut = route.every(({ category, atLeast }) => last[category]! < atLeast);
          if (isAsked) expect(ran.has(specialist)).toBe(!isRuledOut);
        }
      }),
    );
  });
});
