import { describe, expect, it } from '@jest/globals';
import type { Calibration } from '../packs/calibration.js';
import type { Manifest } from '../packs/manifest.js';
import { activate, labelsOf, outcomeOf, scoresOf } from './scoring.js';

const oneCategory = (labels: number[], calibration: Calibration | null = null) => ({
  categories: [{ category: 'sexual/explicit', labels, calibration }],
});

describe('scoring', () => {
  it('sums the labels of a category', () => {
    const scores = scoresOf(Float32Array.of(0.5, 0.125, 0.25, 0.125), oneCategory([1, 2]));
    expect(scores).toEqual({ 'sexual/explicit': 0.375 });
  });

  it('stays within 0–1 although float sums may stray', () => {
    const scores = scoresOf(Float32Array.of(0.7, 0.300001), oneCategory([0, 1]));
    expect(scores['sexual/explicit']).toBe(1);
  });

  it('calibrates the sum of a category, where it has a calibration', () => {
    const calibration: Calibration = {
      method: 'isotonic',
      points: [
        [0, 0],
        [1, 0.5],
      ],
    };
    const scores = scoresOf(Float32Array.of(0.25, 0.25, 0.5), oneCategory([0, 1], calibration));
    expect(scores).toEqual({ 'sexual/explicit': 0.25 });
  });

  it('turns logits into probabilities without overflow', () => {
    const [first, second] = activate(Float32Array.of(1000, 1000), 'softmax');
    expect([first, second]).toEqual([0.5, 0.5]);
    expect([...activate(Float32Array.of(0), 'sigmoid')]).toEqual([0.5]);
  });

  it('reports the labels that count and the five most probable ones', () => {
    const probabilities = Float32Array.of(0.01, 0.3, 0.02, 0.25, 0.2, 0.12, 0.1, 0);
    const labels = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const reported = labelsOf(probabilities, { labels, ...oneCategory([7]) });
    expect(Object.keys(reported)).toEqual(['h', 'b', 'd', 'e', 'f', 'g']);
  });

  it.each(['none', 'softmax', 'sigmoid'] as const)(
    'fails a picture with a score that is no finite number, also of a label that counts nowhere (%s)',
    (activation) => {
      const pack = {
        manifest: {
          name: 'broken',
          version: '2',
          outputs: { scores: { name: 's', activation } },
        } as Manifest,
        labels: ['a', 'b'],
        ...oneCategory([0]),
      };
      for (const bad of [Float32Array.of(NaN, 0.5), Float32Array.of(0.5, NaN)]) {
        const outcome = outcomeOf(bad, pack);
        expect(outcome).toMatchObject({ ok: false, code: 'inference_failed' });
        expect(outcome).toHaveProperty('detail', expect.stringContaining('broken 2'));
      }
      expect(outcomeOf(Float32Array.of(0.5, 0.5), pack)).toMatchObject({ ok: true, value: { labels: {} } });
    },
  );

  it.each([
    [1.7, false],
    [-0.2, false],
    [1.002, true],
    [-0.002, true],
  ])('of %d for a probability: usable %p', (value, usable) => {
    const manifest = { name: 'x', version: '1', outputs: { scores: { name: 's', activation: 'none' } } };
    const pack = { manifest: manifest as Manifest, labels: ['a', 'b'], ...oneCategory([0]) };
    const outcome = outcomeOf(Float32Array.of(0.5, value), pack);
    expect(outcome.ok).toBe(usable);
    if (!usable) expect(outcome).toHaveProperty('detail', expect.stringContaining('softmax or sigmoid'));
  });

  it('fails a picture whose logits have overflowed', () => {
    const manifest = { name: 'x', version: '1', outputs: { scores: { name: 's', activation: 'softmax' } } };
    const pack = { manifest: manifest as Manifest, labels: ['a', 'b'], ...oneCategory([0]) };
    expect(outcomeOf(Float32Array.of(Infinity, 0), pack)).toMatchObject({ ok: false });
  });
});
