import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { type TextFamily, templatesOf, textRender } from './text-renders.js';

const families: TextFamily[] = ['contacts', 'captions', 'held-out contacts', 'held-out captions'];

describe('renders of overlaid text', () => {
  it('are the same for the same seed, and others for another', async () => {
    const [first, again, other] = [
      await textRender('contacts', 7, []),
      await textRender('contacts', 7, []),
      await textRender('contacts', 7 + templatesOf('contacts'), []),
    ];
    expect(again).toEqual(first);
    expect(other.kind).toBe(first.kind);
    expect(other.lines).not.toEqual(first.lines);
  });

  it.each(families)('write over the picture, whichever template of %s', async (family) => {
    for (const seed of [0, 1, 2]) {
      const render = await textRender(family, seed, []);
      expect(render).toMatchObject({ family, style: { size: expect.any(Number) } });
      expect(render.lines.join('').trim()).not.toBe('');
      expect((await sharp(render.bytes).metadata()).format).toBe('jpeg');
    }
  });

  it('are of at least thirty templates, each for contacts and for captions', () => {
    expect(templatesOf('contacts')).toBeGreaterThanOrEqual(30);
    expect(templatesOf('captions')).toBeGreaterThanOrEqual(30);
  });
});
