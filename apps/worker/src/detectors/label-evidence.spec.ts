import { evidenceSchema, mostEvidence } from '#libs/domain';
import { labelEvidence } from './label-evidence.js';

const goods = {
  labels: ['tench', 'revolver', 'rifle', 'beer glass'],
  categories: [
    { category: 'goods/firearm', labels: [1, 2], calibration: null },
    { category: 'goods/alcohol', labels: [3], calibration: null },
  ],
};

describe('The labels behind a score', () => {
  it('are those of the pack that count towards a category, most probable first', () => {
    const seen = { tench: 0.5, revolver: 0.1, rifle: 0.3, 'beer glass': 0.01 };
    expect(labelEvidence(goods, seen)).toEqual([
      { kind: 'label', category: 'goods/firearm', text: 'rifle', score: 0.3 },
      { kind: 'label', category: 'goods/firearm', text: 'revolver', score: 0.1 },
    ]);
  });

  it('are as many as are kept, however many are probable', () => {
    const labels = Array.from({ length: 100 }, (_, at) => `label ${at}`);
    const pack = {
      labels,
      categories: [{ category: 'a/b', labels: labels.map((_, at) => at), calibration: null }],
    };
    const evidence = labelEvidence(pack, Object.fromEntries(labels.map((label) => [label, 1 + 1e-7])));
    expect(evidence).toHaveLength(mostEvidence);
    expect(evidence.every((piece) => evidenceSchema.safeParse(piece).success)).toBe(true);
  });
});
