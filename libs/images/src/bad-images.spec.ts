import { describe, expect, it } from '@jest/globals';
import { badImages } from '../../../test/fixtures/bad-images.js';
import { decode, defaultImageLimits, inspect } from './index.js';

const table = await badImages();

describe('Bad input', () => {
  it.each(table)('refuses $name with $code', async ({ bytes, code }) => {
    const facts = await inspect(bytes, defaultImageLimits);
    const outcome = facts.ok
      ? await decode(bytes, facts.value, { minShortSide: 896, sampledFrames: 3 })
      : facts;
    expect(outcome).toMatchObject({ ok: false, code, detail: expect.stringMatching(/\w/) });
  });

  it.each(table.filter((each) => each.code !== 'undecodable_image'))(
    'recognises $name before decoding',
    async ({ bytes, code }) => {
      expect(await inspect(bytes, defaultImageLimits)).toMatchObject({ ok: false, code });
    },
  );
});
