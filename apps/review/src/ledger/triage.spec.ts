import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Routing } from '#libs/database';
import {
  defaultPolicyDocument,
  type Judgement,
  type Reason,
  type RoutingRules,
  rulesIn,
  seemingDoubt,
} from '#libs/domain';
import { aContent } from '../../../../test/builders/content.builder.js';
import { aFastJudgement } from '../../../../test/builders/event.builder.js';
import { doubtOf, doubtOfSample, triage } from './triage.js';

const receivedAt = '2026-03-01T12:00:00.000Z';
const content = aContent({ receivedAt });
const judged = (reasons: Reason[]): Judgement =>
  aFastJudgement({ key: 'deep:1', tier: 'deep', categories: {}, reasons });
const raisedBy = (category: string, score: number): Reason => ({
  kind: 'score',
  category,
  score,
  threshold: 0.1,
  verdict: 'review',
});
const allowed = (categories: Record<string, number>): Judgement =>
  aFastJudgement({
    verdict: 'allow',
    reasons: [],
    categories: Object.fromEntries(
      Object.entries(categories).map(([category, score]) => [category, { score, verdict: 'allow' as const }]),
    ),
  });
const routing = (rules: RoutingRules['rules'] = []): Routing => ({
  rules: { rules },
  queues: new Map([
    ['urgent', { slaSeconds: 3600, isDisabled: false }],
    ['sexual', { slaSeconds: null, isDisabled: false }],
    ['goods', { slaSeconds: null, isDisabled: true }],
  ]),
  callers: new Map([[content.apiKeyId, 'shop']]),
});
const minutesUntil = ({ dueAt }: { dueAt: Date }): number =>
  (dueAt.getTime() - Date.parse(receivedAt)) / 60_000;
const score = fc.double({ min: 0, max: 1, noNaN: true });

describe('triage', () => {
  it('puts a case in the queue of the category with the highest score', () => {
    const judgement = judged([raisedBy('sexual/explicit', 0.7), raisedBy('spam/solicitation', 0.5)]);
    expect(triage(doubtOf(judgement, content), routing()).queue).toBe('sexual');
  });

  it('puts what no category raised in the general queue, due in a day', () => {
    expect(triage(doubtOf(judged([]), content), routing())).toEqual({
      queue: 'general',
      dueAt: new Date('2026-03-02T12:00:00Z'),
      slaAt: null,
    });
  });

  it('puts nothing in a disabled queue', () => {
    const judgement = judged([raisedBy('goods/firearm', 0.7)]);
    expect(triage(doubtOf(judgement, content), routing()).queue).toBe('general');
  });

  it('follows a rule about the name of the caller to a queue, and its promise', () => {
    const rules = routing([{ when: { caller: ['shop'] }, queue: 'urgent', priority: 1 }]);
    const routed = triage(doubtOf(judged([raisedBy('sexual/explicit', 0.5)]), content), rules);
    expect(routed).toMatchObject({ queue: 'urgent', slaAt: new Date('2026-03-01T13:00:00Z') });
    expect(minutesUntil(routed)).toBeLessThan(60);
  });

  it('never lets a higher score wait longer, and everything between a quarter of an hour and a day', () => {
    fc.assert(
      fc.property(score, score, (a, b) => {
        const wait = (each: number) =>
          minutesUntil(triage(doubtOf(judged([raisedBy('sexual/explicit', each)]), content), routing()));
        expect(wait(Math.max(a, b))).toBeLessThanOrEqual(wait(Math.min(a, b)));
        expect(wait(a)).toBeGreaterThanOrEqual(15);
        expect(wait(a)).toBeLessThanOrEqual(24 * 60);
      }),
    );
  });

  it('brings what many will see forward', () => {
    const judgement = judged([raisedBy('sexual/explicit', 0.5)]);
    const wait = (audience: number | null) =>
      minutesUntil(triage(doubtOf(judgement, { ...content, audience }), routing()));
    expect(wait(1_000_000)).toBeLessThan(wait(null));
  });
});

const rules = rulesIn(defaultPolicyDocument, 'default');

describe('an audit sample', () => {
  const calm = allowed({ 'sexual/explicit': 0.01, 'spam/solicitation': 0.004 });

  it('waits in the queue of its worst category, as if that had been in doubt', () => {
    expect(triage(doubtOfSample(calm, content, rules), routing()).queue).toBe('sexual');
  });

  it('waits as long as cases in doubt do, however little the machines saw', () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        const wait = minutesUntil(triage(doubtOfSample(calm, { ...content, id }, rules), routing()));
        const doubt = (each: number) =>
          minutesUntil(triage(doubtOf(judged([raisedBy('sexual/explicit', each)]), content), routing()));
        expect(wait).toBeLessThan(doubt(0.25));
        expect(wait).toBeGreaterThan(doubt(0.95));
      }),
    );
  });

  it('waits as long whenever its event comes', () => {
    expect(doubtOfSample(calm, content, rules)).toEqual(doubtOfSample(calm, content, rules));
  });

  it.each<RoutingRules['rules'][number]['when']>([
    { verdict: ['allow'] },
    { tier: ['fast'] },
    { score: { category: 'sexual/*', from: 0, to: 0.2 } },
    { not: { category: 'sexual/*' } },
  ])('goes to no queue that a rule makes for what the machines settled: %j', (when) => {
    const routed = routing([{ when, queue: 'urgent', priority: 1 }]);
    expect(triage(doubtOfSample(calm, content, rules), routed).queue).toBe('sexual');
  });

  it('waits no longer than a case with its score does', () => {
    fc.assert(
      fc.property(fc.uuid(), score, (id, each) => {
        const sample = triage(
          doubtOfSample(allowed({ 'sexual/explicit': each }), { ...content, id }, rules),
          routing(),
        );
        const inDoubt = triage(
          doubtOf(judged([{ ...raisedBy('sexual/explicit', each), threshold: 0.3 } as Reason]), content),
          routing(),
        );
        expect(minutesUntil(sample)).toBeLessThanOrEqual(minutesUntil(inDoubt));
      }),
    );
  });

  it('is in doubt only where the policy reviews, and not below its threshold', () => {
    const seen = { 'apparel/swimwear': 0.2, 'sexual/suggestive': 0.1, 'sexual/explicit': 0.01 };
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (draw) => {
        const doubt = seemingDoubt(seen, draw, rules)!;
        expect(doubt).toMatchObject({ category: 'sexual/suggestive', threshold: 0.5 });
        expect(doubt.score).toBeGreaterThanOrEqual(0.5);
      }),
    );
    const onAvatars = seemingDoubt(seen, 0.999, rulesIn(defaultPolicyDocument, 'avatar'))!;
    expect(onAvatars).toMatchObject({ category: 'sexual/suggestive', threshold: 0.4 });
    expect(onAvatars.score).toBeLessThan(0.95);
  });

  it('is in doubt over what scored highest where its policy is not known, or reviews nothing of it', () => {
    for (const others of [undefined, rulesIn({}, 'default'), rules])
      expect(seemingDoubt({ 'pets/cat': 0.2, 'pets/dog': 0.1 }, 0, others)).toEqual({
        category: 'pets/cat',
        threshold: 0.3,
        score: 0.3,
      });
  });
});
