import fc from 'fast-check';
import type { Category, Detector, Scores } from '#libs/domain';
import { aDetector } from '../../../../test/builders/detector.builder.js';
import { calledOf, mayLook, planLook } from './routing.js';

const named = (detectors: Detector[]): string[] => detectors.map(({ name }) => name);

const explicit = aDetector('explicit', ['sexual/explicit']);
const goods = aDetector('goods', ['goods/firearm', 'goods/alcohol']);
const minors = aDetector('minors', ['safety/minor'], {
  route: [{ category: 'sexual/explicit', atLeast: 0.3 }],
});
const knives = aDetector('knives', ['goods/knife'], {
  route: [
    { category: 'goods/firearm', atLeast: 0.2 },
    { category: 'goods/military', atLeast: 0.5 },
  ],
});
const all = [explicit, goods, minors, knives];

/** Who looks, in order, when the generals give these scores. */
const lookers = (asks: Category[], fast: Scores, generals: Scores = {}, detectors = all): string[][] => {
  const question = { asks, called: [] };
  const plan = planLook(detectors, question, fast);
  return [named(plan.generals), named(calledOf(plan, question, { ...fast, ...generals }))];
};

describe('Routing', () => {
  it('runs a general detector when it knows what is asked, whatever the scores', () => {
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

  it('runs whom the policy calls by name, asked or not, whatever the scores, and names who is not here', () => {
    const question = { asks: [], called: ['goods', 'knives', 'nobody'] };
    const plan = planLook(all, question, {});
    expect(named(plan.generals)).toEqual(['goods']);
    expect(plan.missing).toEqual(['nobody']);
    expect(named(calledOf(plan, question, { 'goods/firearm': 0, 'goods/military': 0 }))).toEqual(['knives']);
  });

  it('lets the scores call beside the policy', () => {
    const question = { asks: [], called: ['goods'] };
    const fast = { 'sexual/explicit': 0.4 };
    const plan = planLook(all, question, fast);
    expect(named(calledOf(plan, question, { ...fast, 'goods/firearm': 0.3 }))).toEqual(['minors', 'knives']);
  });

  it('knows beforehand of everybody who may look', () => {
    const categories = ['sexual/explicit', 'goods/firearm', 'goods/military', 'safety/minor', 'goods/knife'];
    const scores = fc.dictionary(fc.constantFrom(...categories), fc.double({ min: 0, max: 1, noNaN: true }));
    const names = fc.subarray(['explicit', 'goods', 'minors', 'knives', 'nobody']);
    fc.assert(
      fc.property(
        fc.subarray(categories),
        names,
        fc.subarray(categories),
        names,
        scores,
        (asks, called, askable, callable, fast) => {
          const possible = { asks: [...new Set([...asks, ...askable])], called: [...called, ...callable] };
          const { generals, specialists } = planLook(all, { asks, called }, fast);
          expect(mayLook(all, possible)).toEqual(expect.arrayContaining([...generals, ...specialists]));
        },
      ),
    );
    expect(mayLook(all, { asks: [], called: [] })).toEqual([]);
    expect(named(mayLook(all, { asks: ['goods/alcohol'], called: [] }))).toEqual([
      'goods',
      'minors',
      'knives',
    ]);
  });

  it('rules out nothing that was asked unless all its routes were scored too low', () => {
    const categories = ['sexual/explicit', 'goods/firearm', 'goods/military', 'safety/minor', 'goods/knife'];
    const scores = fc.dictionary(fc.constantFrom(...categories), fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(fc.subarray(categories), scores, scores, (asks, fast, heard) => {
        const question = { asks, called: [] };
        const plan = planLook(all, question, fast);
        const known = plan.generals.flatMap((each) => each.categories);
        const generals = Object.fromEntries(
          Object.entries(heard).filter(([category]) => known.includes(category)),
        );
        const last = Object.fromEntries(
          categories
            .map((each) => [each, Math.max(fast[each] ?? -1, generals[each] ?? -1)] as const)
            .filter(([, score]) => score >= 0),
        );
        const ran = new Set(calledOf(plan, question, last));
        for (const specialist of [minors, knives]) {
          const isAsked = specialist.categories.some((category) => asks.includes(category));
          const route = specialist.route!;
          const isRuledOut = route.every(({ category, atLeast }) => last[category]! < atLeast);
          if (isAsked) expect(ran.has(specialist)).toBe(!isRuledOut);
        }
      }),
    );
  });
});
