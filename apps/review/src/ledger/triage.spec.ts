import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Judgement, Reason } from '#libs/domain';
import { triage } from './triage.js';

const receivedAt = new Date('2026-03-01T12:00:00Z');
const judged = (reasons: Reason[]): Judgement => ({
  key: 'deep:1',
  tier: 'deep',
  verdict: 'review',
  policy: { name: 'default', version: 1 },
  categories: {},
  reasons,
  models: [],
  at: '2026-03-01T12:00:05Z',
});
const raisedBy = (category: string, score: number): Reason => ({
  kind: 'score',
  category,
  score,
  threshold: 0.1,
  verdict: 'review',
});
const score = fc.double({ min: 0, max: 1, noNaN: true });

describe('triage', () => {
  it('puts a case in the queue of the category with the highest score', () => {
    const judgement = judged([raisedBy('sexual/explicit', 0.5), raisedBy('goods/firearm', 0.7)]);
    expect(triage(judgement, receivedAt).queue).toBe('goods');
  });

  it('puts what no category raised, such as an audit sample, in the general queue', () => {
    expect(triage(judged([]), receivedAt)).toEqual({
      queue: 'general',
      dueAt: new Date('2026-03-02T12:00:00Z'),
    });
  });

  it('never lets a higher score wait longer', () => {
    fc.assert(
      fc.property(score, score, (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const dueAt = (each: number) => triage(judged([raisedBy('sexual/explicit', each)]), receivedAt).dueAt;
        expect(dueAt(high).getTime()).toBeLessThanOrEqual(dueAt(low).getTime());
      }),
    );
  });

  it('gives everything between a quarter of an hour and a day', () => {
    fc.assert(
      fc.property(score, (each) => {
        const { dueAt } = triage(judged([raisedBy('sexual/explicit', each)]), receivedAt);
        const minutes = (dueAt.getTime() - receivedAt.getTime()) / 60_000;
        expect(minutes).toBeGreaterThanOrEqual(15);
        expect(minutes).toBeLessThanOrEqual(24 * 60);
      }),
    );
  });
});
