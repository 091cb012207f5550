import { describe, expect, it } from '@jest/globals';
import { mapLabels } from './label-map.js';

const labels = ['cat', 'rifle', 'revolver', 'wine'];
const platt = { method: 'platt', slope: 2, intercept: 1 } as const;
const rules = {
  categories: { 'goods/firearm': ['rifle', 'revolver'], 'goods/alcohol': ['wine'] },
  benign: ['cat'],
  calibration: {},
};

describe('mapping labels to categories', () => {
  it('finds the indices of each category’s labels', () => {
    expect(mapLabels(labels, { ...rules, calibration: { 'goods/alcohol': platt } })).toEqual([
      { category: 'goods/firearm', labels: [1, 2], calibration: null },
      { category: 'goods/alcohol', labels: [3], calibration: platt },
    ]);
  });

  it.each([
    ['a label without category', labels, { ...rules, benign: [] }, 'label "cat" has no category'],
    ['a name that is no label', labels, { ...rules, benign: ['cat', 'dog'] }, '"dog" is not one of'],
    ['a label that stands twice', [...labels, 'wine'], rules, 'label "wine" stands twice'],
    [
      'the calibration of a category that has no labels',
      labels,
      { ...rules, calibration: { 'goods/knife': platt } },
      'calibration of goods/knife',
    ],
  ])('refuses %s', (_case, names, given, reason) => {
    expect(mapLabels(names, given)).toEqual({ reason: expect.stringContaining(reason) });
  });

  it('takes all other labels for benign where the manifest says so', () => {
    expect(mapLabels(labels, { ...rules, benign: 'every other label' })).toHaveLength(2);
  });
});
