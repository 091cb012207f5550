import { describe, expect, it } from '@jest/globals';
import { madeUpPack } from '../evaluation/evaluation.builder.js';
import { openPoints } from './open-points.js';
import { emptyReview, manifestDigest, type Review, reviewSchema } from './review.js';

const { manifest } = madeUpPack('one');
const estimate = { value: 0.9, lower: 0.8, upper: 0.95 };

const complete: Review = reviewSchema.parse({
  pack: 'one',
  subject: { version: '1', graphSha256: manifest.sha256, manifestDigest: manifestDigest(manifest) },
  owner: 'Trust and safety',
  licence: { identifier: 'Apache-2.0', hasText: true },
  data: {
    trainedOn: 'our own uploads',
    evaluatedOn: { source: 'data.jsonl', pictures: 400, repeated: 0, madeAt: '2026-11-23T12:00:00.000Z' },
  },
  metrics: {
    'sexual/explicit': {
      positives: 80,
      negatives: 320,
      tooFew: null,
      areaUnderRoc: estimate,
      averagePrecision: estimate,
      calibrationError: estimate,
      thresholds: [],
    },
  },
  latency: { budgetMs: 50, measured: { medianMs: 12, p95Ms: 15, provider: 'cpu', machine: 'a processor' } },
  cost: {
    picturesPerYear: 1e8,
    perMillion: 1,
    perYear: 100,
    currency: 'EUR',
    asOf: '2026-11-23',
    fromExamplePrices: false,
  },
  slices: { columns: ['source'], compared: 2, differing: [] },
  accepted: {},
  signOff: null,
} satisfies Review);

const ids = (review: Review): string[] => openPoints(review, manifest).map(({ id }) => id);

describe('a review', () => {
  it('that says and measured everything leaves nothing open', () => expect(ids(complete)).toEqual([]));

  it('that nobody has begun leaves nearly everything open', () => {
    expect(ids(emptyReview('one'))).toEqual([
      'evaluation',
      'owner',
      'licence',
      'training-data',
      'latency-budget',
      'cost',
      'slices',
    ]);
  });

  it.each<[string, Partial<Review>, string]>([
    ['no owner', { owner: null }, 'owner'],
    ['no text of the licence', { licence: { identifier: 'MIT', hasText: false } }, 'licence'],
    [
      'a category of which nothing can be said',
      {
        metrics: {
          'goods/firearm': { ...complete.metrics['sexual/explicit']!, tooFew: '3 pictures that show it' },
        },
      },
      'metrics:goods/firearm',
    ],
    [
      'a pack that is too slow',
      { latency: { budgetMs: 10, measured: complete.latency.measured } },
      'latency',
    ],
    ['example prices', { cost: { ...complete.cost!, fromExamplePrices: true } }, 'cost'],
    [
      'an uneven error rate',
      {
        slices: {
          ...complete.slices!,
          differing: [
            { category: 'sexual/explicit', column: 'skin', value: 'dark', differs: ['falsePositiveRate'] },
          ],
        },
      },
      'slice:sexual/explicit:skin=dark',
    ],
    ['columns that nothing could be compared by', { slices: { ...complete.slices!, compared: 0 } }, 'slices'],
    [
      'repeated pictures',
      { data: { ...complete.data, evaluatedOn: { ...complete.data.evaluatedOn!, repeated: 5 } } },
      'repeated-pictures',
    ],
  ])('with %s has one open point', (_case, change, id) => {
    expect(ids({ ...complete, ...change })).toEqual([id]);
  });

  it('of a manifest or a graph that has changed since is one of another pack, but the tier may change', () => {
    const changed = { ...manifest, version: '2' };
    expect(openPoints(complete, changed).map(({ id }) => id)).toEqual(['subject']);
    expect(openPoints(complete, { ...manifest, sha256: '1'.repeat(64) }).map(({ id }) => id)).toEqual([
      'subject',
    ]);
    expect(openPoints(complete, { ...manifest, tier: 'fast' })).toEqual([]);
    expect(openPoints(complete)).toEqual([]);
  });

  it('has points that somebody may take on, and some that nobody can', () => {
    const accepted = { why: 'known', by: 'A lead', on: '2026-11-23T12:00:00.000Z' };
    expect(ids({ ...complete, slices: null, accepted: { slices: accepted } })).toEqual([]);
    expect(ids({ ...complete, owner: null, accepted: { owner: accepted } })).toEqual(['owner']);
  });
});
