import { describe, expect, it } from '@jest/globals';
import type { CategoryVerdicts, Evidence } from '#libs/domain';
import { evidenceShownOf, type StoredEvidence } from './evidence-shown.js';

const link: Evidence = { kind: 'payload', category: 'spam/qr-code', text: 'https://a.example', score: 0.2 };
const phone: Evidence = { kind: 'text', category: 'spam/contact', text: '+1 415 555 2671', score: 0.4 };
const label: Evidence = { kind: 'label', category: 'goods/firearm', text: 'revolver', score: 0.9 };

const by = (
  name: string,
  pieces: Evidence[],
  at = '2026-01-01T00:00:00Z',
  version = '1',
): StoredEvidence => ({
  detector: { name, version },
  pieces,
  at,
});
const stored = [by('qr-code', [link]), by('overlay-text', [phone]), by('goods', [label])];
const truth: CategoryVerdicts = {
  'spam/qr-code': { score: 0.2, verdict: 'allow' },
  'spam/contact': { score: 0.4, verdict: 'allow' },
};

describe('evidence, as whoever decides sees it', () => {
  it('is what codes say and what is written, the surest first, without a detector or a model’s label', () => {
    expect(evidenceShownOf(stored, { judged: truth, shown: truth }, false)).toEqual([
      { ...phone, detector: null },
      { ...link, detector: null },
    ]);
  });

  it('is all of it, with whose it is, where the truth leads nobody', () => {
    expect(evidenceShownOf(stored, { judged: truth, shown: truth }, true)).toEqual([
      { ...label, detector: { name: 'goods', version: '1' } },
      { ...phone, detector: { name: 'overlay-text', version: '1' } },
      { ...link, detector: { name: 'qr-code', version: '1' } },
    ]);
  });

  it.each([
    ['in proportion', 0.2, 0.6],
    ['to the whole of it from nothing', 0, 0.6],
  ])('fits the doubt that an audit sample shows: raised %s', (_how, score, seeming) => {
    const judged: CategoryVerdicts = { ...truth, 'spam/qr-code': { score, verdict: 'allow' } };
    const shown: CategoryVerdicts = { ...truth, 'spam/qr-code': { score: seeming, verdict: 'review' } };
    const pieces = [
      { ...link, score },
      { ...link, text: 'another', score: score / 2 },
    ];
    const seen = evidenceShownOf(
      [by('qr-code', pieces), by('overlay-text', [phone])],
      { judged, shown },
      false,
    );
    const scoresOf = (category: string): number[] =>
      seen.filter((piece) => piece.category === category).map((piece) => piece.score);
    expect(Math.max(...scoresOf('spam/qr-code'))).toBeCloseTo(seeming);
    expect(scoresOf('spam/contact')).toEqual([0.4]);
    for (const value of scoresOf('spam/qr-code')) expect(value).toBeLessThanOrEqual(1);
  });

  it('is that of a detector’s last look, where it looked again under another version', () => {
    const again = by('qr-code', [{ ...link, text: 'seen later' }], '2026-02-01T00:00:00Z', '2');
    const texts = evidenceShownOf([again, by('qr-code', [link])], { judged: truth, shown: truth }, false);
    expect(texts.map(({ text }) => text)).toEqual(['seen later']);
  });
});
