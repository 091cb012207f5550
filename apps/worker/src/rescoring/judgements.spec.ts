import { type Classification, defaultPolicyDocument, type Policy, type Scores } from '#libs/domain';
import { aFastJudgement } from '../../../../test/builders/event.builder.js';
import { combined, deepJudgement, partialJudgement, unsettledJudgement } from './judgements.js';

const policy: Policy = {
  name: 'default',
  version: 3,
  document: {
    ...defaultPolicyDocument,
    categories: {
      'sexual/explicit': { fast: { review: 0.3, block: 0.9 }, deep: { review: 0.4, block: 0.9 } },
      'goods/firearm': { deep: { review: 0.5, block: null } },
    },
  },
};
const seen = (scores: Scores, name = 'nsfw-inception-v3'): Classification => ({
  model: { name, version: '1', tier: 'deep' },
  scores,
});
const doubtful = aFastJudgement();

describe('deepJudgement', () => {
  it('lets the deep tier clear what the fast tier doubted', () => {
    const judgement = deepJudgement('e1', doubtful, [seen({ 'sexual/explicit': 0.05 })], policy, 'default');
    expect(judgement).toMatchObject({
      key: 'deep:e1',
      tier: 'deep',
      verdict: 'allow',
      reasons: [],
      policy: { name: 'default', version: 3 },
    });
  });

  it('keeps the doubt where the deep tier has no word on the category', () => {
    const judgement = deepJudgement('e1', doubtful, [seen({ 'goods/firearm': 0.1 })], policy, 'default');
    expect(judgement.verdict).toBe('review');
    expect(judgement.reasons).toEqual(doubtful.reasons);
    expect(judgement.categories['goods/firearm']).toEqual({ score: 0.1, verdict: 'allow' });
  });

  it('judges also what nobody asked about, and carries what each model saw', () => {
    const classifications = [seen({ 'sexual/explicit': 0.1 }), seen({ 'goods/firearm': 0.8 }, 'goods')];
    const judgement = deepJudgement('e1', doubtful, classifications, policy, 'default');
    expect(judgement.verdict).toBe('review');
    expect(judgement.reasons).toMatchObject([{ category: 'goods/firearm', threshold: 0.5 }]);
    expect(judgement.classifications).toEqual(classifications);
    expect(judgement.models.map(({ name }) => name)).toEqual(['nsfw-inception-v3', 'goods']);
  });
});

describe('partialJudgement', () => {
  const deepOf = (score: number) =>
    deepJudgement('e1', doubtful, [seen({ 'sexual/explicit': score })], policy, 'default');

  it('keeps what the deep tier saw, but no allow', () => {
    const deep = deepOf(0.05);
    expect(partialJudgement('e1', deep)).toEqual({ ...deep, key: 'unsettled:e1', verdict: 'review' });
  });

  it('is never milder than the deep tier', () => {
    expect(partialJudgement('e1', deepOf(0.95)).verdict).toBe('block');
  });
});

describe('combined', () => {
  it('takes the worst that any pack says of a category', () => {
    expect(combined([seen({ 'a/b': 0.2, 'a/c': 0.5 }), seen({ 'a/b': 0.7 })])).toEqual({
      'a/b': 0.7,
      'a/c': 0.5,
    });
  });
});

describe('unsettledJudgement', () => {
  it('is never an allow that nobody gave', () => {
    const allowed = aFastJudgement({ verdict: 'allow', categories: {}, reasons: [] });
    expect(unsettledJudgement('e1', allowed, policy).verdict).toBe('review');
    expect(unsettledJudgement('e1', null, policy).verdict).toBe('review');
  });

  it('is never milder than the fast tier', () => {
    expect(unsettledJudgement('e1', aFastJudgement({ verdict: 'block' }), policy).verdict).toBe('block');
  });
});
