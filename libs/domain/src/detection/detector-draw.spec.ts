import { describe, expect, it } from '@jest/globals';
import { detectorDraw } from './detector-draw.js';

/** Ids whose draws lie evenly in [0, 1). */
const ids = Array.from(
  { length: 4_000 },
  (_, at) =>
    `019b0000-0000-7000-8000-${Math.floor((at * 2 ** 48) / 4_000)
      .toString(16)
      .padStart(12, '0')}`,
);
const sampleOf = (detector: string, share: number): string[] =>
  ids.filter((id) => detectorDraw(id)(detector) < share);

describe('The draw for a detector', () => {
  it('samples the share that it is held against', () => {
    for (const detector of ['qr-code', 'overlay-text', 'nsfw-inception-v3'])
      expect(sampleOf(detector, 0.05).length / ids.length).toBeCloseTo(0.05, 3);
  });

  it('is the same whenever it is asked, and another for another detector', () => {
    expect(sampleOf('qr-code', 0.1)).toEqual(sampleOf('qr-code', 0.1));
    expect(sampleOf('qr-code', 0.1)).not.toEqual(sampleOf('overlay-text', 0.1));
  });
});
