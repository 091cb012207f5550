import { describe, expect, it } from '@jest/globals';
import type { ShadowedContent } from '#libs/database';
import { defaultPolicyDocument, type Policy } from '#libs/domain';
import { VerdictComparison } from './compare-verdicts.js';

const policy: Policy = {
  name: 'default',
  version: 1,
  document: {
    ...defaultPolicyDocument,
    surfaces: {},
    categories: {
      'a/fast': { fast: { review: 0.5, block: 0.9 } },
      'a/both': { fast: { review: 0.5, block: null }, deep: { review: 0.5, block: 0.9 } },
    },
  },
};
const aContent = (old: number, shadow: number, facts: Partial<ShadowedContent> = {}): ShadowedContent => ({
  contentId: 'x',
  surface: 'default',
  shadow: { 'a/both': shadow },
  judged: [
    { model: 'quick', tier: 'fast', scores: { 'a/fast': 0.1, 'a/both': 0.6 } },
    { model: 'old', tier: 'deep', scores: { 'a/both': old, 'a/unjudged': 0.2 } },
  ],
  ...facts,
});
const compared = (contents: ShadowedContent[]) => {
  const comparison = new VerdictComparison(policy, 'old');
  for (const each of contents) comparison.add(each);
  return comparison.result();
};

describe('Verdicts with the pack on trial', () => {
  it('are those that the scores of all others give with its own in the place of the other’s', () => {
    const { confusion, contents, flips } = compared([
      aContent(0.1, 0.2),
      aContent(0.1, 0.6),
      aContent(0.6, 0.95),
      aContent(0.95, 0.1),
    ]);
    expect(contents).toBe(4);
    expect(confusion).toEqual({
      allow: { allow: 1, review: 1, block: 0 },
      review: { allow: 0, review: 0, block: 1 },
      block: { allow: 1, review: 0, block: 0 },
    });
    expect(flips).toMatchObject({ value: 0.75 });
    expect(flips!.lower).toBeLessThan(0.75);
  });

  it('stand beside what another deep model and the fast one said', () => {
    const another = { model: 'another', tier: 'deep' as const, scores: { 'a/both': 0.92 } };
    const sure = { model: 'quick', tier: 'fast' as const, scores: { 'a/fast': 0.6 } };
    const { judged } = aContent(0.1, 0);
    const { confusion } = compared([
      aContent(0.1, 0.95, { judged: [...judged, another] }),
      aContent(0.1, 0.2, { judged: [sure, judged[1]!] }),
    ]);
    expect(confusion.block.block).toBe(1);
    expect(confusion.review.review).toBe(1);
  });

  it('are counted by surface, and scores by category', () => {
    const { bySurface, changes, unpaired } = compared([
      aContent(0.1, 0.2),
      aContent(0.1, 0.6, { surface: 'avatar' }),
      aContent(0.1, 0.6, { judged: [] }),
    ]);
    expect(bySurface).toMatchObject([
      { surface: 'avatar', contents: 1, flips: { value: 1 } },
      { surface: 'default', contents: 1, flips: { value: 0 } },
    ]);
    expect(changes).toEqual([
      { category: 'a/both', count: 2, mean: expect.closeTo(0.3), largest: expect.closeTo(0.5) },
    ]);
    expect(unpaired).toBe(1);
  });

  it('are none without contents', () =>
    expect(compared([])).toMatchObject({ contents: 0, flips: undefined, bySurface: [], changes: [] }));
});
