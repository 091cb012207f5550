import { describe, expect, it } from '@jest/globals';
import { defaultPolicyDocument, type Policy } from '#libs/domain';
import { evaluateCategory } from './evaluate-category.js';
import { evaluateSlices } from './evaluate-slices.js';
import { anEvaluation, fourPacks, madeUpPictures } from './evaluation.builder.js';
import { casesOf } from './metrics/cases.builder.js';
import { dominates, paretoPoints } from './pareto.js';
import { policyThresholds } from './policy-thresholds.js';

const options = {
  thresholds: [{ name: 'policy review', threshold: 0.5 }],
  lines: { review: 0.5, block: null },
  mistakes: { falseAlarm: 1, miss: 10, review: 0.2 },
  prevalence: undefined,
  bootstrap: { resamples: 100, seed: 1 },
};
const times = (count: number, score: number): number[] => new Array<number>(count).fill(score);

describe('a category with too few pictures that show it', () => {
  const cases = casesOf([0.9, 0.8, 0.2], times(60, 0.1));
  const report = evaluateCategory('goods/firearm', cases, cases, options);

  it('gets no rates, no curves, no calibration, and a sentence that says so', () => {
    expect(report.tooFew).toMatch(/^3 pictures that show it: nothing can be said/);
    expect(report.curves).toBeUndefined();
    expect(report.cost).toBeUndefined();
    expect(report.calibration).toBeUndefined();
    expect(report.thresholds[0]!.rates).toMatchObject({ precision: undefined, recall: undefined });
  });

  it('is counted all the same, and the negatives say how many false alarms there may be', () => {
    const [{ confusion, rates }] = report.thresholds as [(typeof report.thresholds)[0]];
    expect(confusion).toMatchObject({ truePositives: 2, falseNegatives: 1, falsePositives: 0 });
    expect(rates!.specificity!.lower).toBeGreaterThan(0.9);
    expect(rates!.specificity!.lower).toBeLessThan(0.96);
  });

  it('gets nothing at all where there are too few of the others too', () => {
    const few = evaluateCategory('goods/firearm', casesOf([0.9], [0.1]), [], options);
    expect(few.tooFew).toMatch(/1 picture that shows it and 1 that does not/);
    expect(few.thresholds[0]!.rates).toBeUndefined();
  });
});

describe('a category with enough', () => {
  const cases = casesOf([...times(16, 0.9), ...times(4, 0.3)], [...times(76, 0.1), ...times(4, 0.6)]);
  const report = evaluateCategory('goods/firearm', cases, cases, { ...options, prevalence: 0.01 });

  it('has the rates of each threshold, in the data and in the traffic', () => {
    const [at] = report.thresholds;
    expect(at!.rates!.recall!.value).toBe(0.8);
    expect(at!.rates!.precision!.value).toBe(0.8);
    expect(at!.f1!.value).toBeCloseTo(0.8, 12);
    expect(at!.precisionInTraffic!.value).toBeCloseTo((0.01 * 0.8) / (0.01 * 0.8 + 0.99 * 0.05), 12);
    expect(at!.precisionInTraffic!.lower).toBeLessThan(at!.precisionInTraffic!.value);
  });

  it('has lines that cost less than the policy’s, and says what they cost on cases that did not choose them', () => {
    expect(report.cost!.optimal.costPerPicture).toBeLessThanOrEqual(report.cost!.policy!.costPerPicture);
    expect(report.cost!.optimal.crossValidated).toBeGreaterThanOrEqual(
      report.cost!.optimal.costPerPicture - 1e-9,
    );
    expect(report.thresholds.some(({ name }) => name === 'cost-optimal review')).toBe(true);
  });

  it('is not calibrated by fewer than 25 positives', () => {
    expect(report.calibration!.methods).toEqual([]);
    expect(report.calibration!.tooFew).toContain('20 positives');
  });
});

describe('parts of the data', () => {
  const pictures = madeUpPictures(400).map((picture, place) => ({
    ...picture,
    columns: { source: place < 200 ? 'upload' : 'camera' },
  }));
  const casesWhere = (recallOfUploads: number) =>
    pictures.map((_picture, place) => ({
      isPositive: place % 2 === 0,
      score: place % 2 === 0 && (place >= 200 || place / 200 < recallOfUploads) ? 0.9 : 0.1,
    }));

  it('are flagged where their intervals lie apart, and only there', () => {
    const slices = (recall: number) =>
      evaluateSlices('sexual/explicit', pictures, casesWhere(recall), {
        threshold: 0.5,
        columns: ['source'],
      });
    expect(slices(0.5).map(({ value, differs }) => [value, differs])).toEqual([
      ['camera', ['recall']],
      ['upload', ['recall']],
    ]);
    expect(slices(0.99).every(({ differs }) => differs.length === 0)).toBe(true);
    const [, upload] = slices(0.5);
    expect(upload!.inside.recall!.value).toBe(0.5);
    expect(upload!.outside.recall!.value).toBe(1);
    expect(upload!.inside.falsePositiveRate!.value).toBe(0);
  });

  it('with a handful of pictures are not compared', () => {
    const [first] = evaluateSlices('sexual/explicit', pictures.slice(0, 12), casesWhere(1).slice(0, 12), {
      threshold: 0.5,
      columns: ['source'],
    });
    expect(first!.inside.recall).toBeUndefined();
    expect(first!.differs).toEqual([]);
  });
});

describe('the Pareto front', () => {
  const point = (pack: string, price: number, value: number) => ({
    pack,
    price,
    accuracy: { value, lower: value, upper: value },
  });

  it('leaves out a pack that another one beats in one and equals in the other', () => {
    expect(dominates(point('a', 1, 0.9), point('b', 2, 0.9))).toBe(true);
    expect(dominates(point('a', 1, 0.9), point('b', 1, 0.9))).toBe(false);
    expect(dominates(point('a', 1, 0.8), point('b', 2, 0.9))).toBe(false);
  });

  it('holds the cheapest pack and the most accurate one', () => {
    const points = paretoPoints(anEvaluation(fourPacks), 'sexual/explicit', 'auc', 'latency');
    expect(points.map(({ pack, isOnFront }) => [pack, isOnFront])).toEqual([
      ['small-int8', true],
      ['small', true],
      ['clumsy', false],
      ['large', true],
    ]);
    expect(paretoPoints(anEvaluation(fourPacks), 'goods/firearm', 'auc', 'latency')).toEqual([]);
  });
});

describe('a policy’s thresholds', () => {
  it('are named once each, with the surfaces that draw their own', () => {
    const policy: Policy = { name: 'default', version: 1, document: defaultPolicyDocument };
    expect(policyThresholds(policy, 'deep', 'sexual/suggestive')).toEqual([
      { threshold: 0.4, name: 'review on avatar' },
      { threshold: 0.5, name: 'policy review' },
      { threshold: 0.95, name: 'block on avatar' },
    ]);
    expect(policyThresholds(policy, 'fast', 'goods/firearm')).toEqual([]);
  });
});
