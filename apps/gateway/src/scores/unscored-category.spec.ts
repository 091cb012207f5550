import { describe, expect, it } from '@jest/globals';
import { defaultPolicyDocument, type Policy } from '#libs/domain';
import { refuseUnscored, UnscoredCategory } from './unscored-category.js';

const pack = { name: 'some-pack', categories: ['sexual/explicit', 'sexual/suggestive'] };
const policy: Policy = { name: 'default', version: 3, document: defaultPolicyDocument };
const onSurface = (review: number | null): Policy => ({
  ...policy,
  document: {
    ...defaultPolicyDocument,
    surfaces: { kids: { categories: { 'goods/alcohol': { fast: { review, block: null } } } } },
  },
});

describe('A policy for the fast model', () => {
  it('is taken where the pack scores all that it judges', () => {
    expect(() => refuseUnscored(policy, pack)).not.toThrow();
  });

  it('is refused for a category that the pack does not score, also on one surface alone, with what to do', () => {
    const refuse = () => refuseUnscored(onSurface(0.5), pack);
    expect(refuse).toThrow(UnscoredCategory);
    expect(refuse).toThrow(/Version 3 .*goods\/alcohol.*some-pack.*FAST_PACK/);
  });

  it('is taken with thresholds that nothing can reach', () => {
    expect(() => refuseUnscored(onSurface(null), pack)).not.toThrow();
  });
});
