import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { paint, scene } from '../../../../test/fixtures/pictures.js';
import { isSrgbProfile } from './srgb-profile.js';

const profileOf = async (name: string): Promise<Buffer> => {
  const bytes = await paint(scene(1, 16, 16))
    .withIccProfile(name)
    .jpeg()
    .toBuffer();
  return (await sharp(bytes).metadata()).icc!;
};

/** The same profile with bytes written over. */
const patched = (profile: Buffer, at: number, bytes: Buffer | string): Buffer => {
  const copy = Buffer.from(profile);
  copy.set(Buffer.from(bytes as string, 'latin1'), at);
  return copy;
};

describe('isSrgbProfile', () => {
  it('takes sRGB for sRGB', async () => {
    expect(isSrgbProfile(await profileOf('srgb'))).toBe(true);
  });

  it('takes no other colour space for sRGB', async () => {
    expect(isSrgbProfile(await profileOf('p3'))).toBe(false);
  });

  it('is not fooled by a profile that swaps red and blue under its old name', async () => {
    const profile = await profileOf('srgb');
    const red = profile.indexOf('rXYZ');
    const blue = profile.indexOf('bXYZ');
    expect(isSrgbProfile(patched(patched(profile, red, 'bXYZ'), blue, 'rXYZ'))).toBe(false);
  });

  it('is not fooled by other curves', async () => {
    const profile = await profileOf('srgb');
    const curve = profile.readUInt32BE(profile.indexOf('gTRC') + 4);
    const bent = patched(profile, curve + 12, Buffer.alloc(4, 3));
    expect(isSrgbProfile(bent)).toBe(false);
  });

  it('takes nothing with look-up tables, which overrule the matrix', async () => {
    const profile = await profileOf('srgb');
    expect(isSrgbProfile(patched(profile, profile.indexOf('wtpt'), 'A2B0'))).toBe(false);
  });

  it('takes nothing of more than a hundred tags, however many it says there are', async () => {
    const profile = await profileOf('srgb');
    const tagCountAt = 128;
    const ofTags = (count: number): Buffer => {
      const table = profile.readUInt32BE(tagCountAt) * 12;
      const unknown = Buffer.alloc(count * 12 - table);
      const moved = Buffer.concat([
        profile.subarray(0, tagCountAt + 4 + table),
        unknown,
        profile.subarray(tagCountAt + 4 + table),
      ]);
      for (let at = tagCountAt + 4; at < tagCountAt + 4 + table; at += 12)
        moved.writeUInt32BE(moved.readUInt32BE(at + 4) + unknown.length, at + 4);
      moved.writeUInt32BE(count, tagCountAt);
      return moved;
    };
    expect(isSrgbProfile(ofTags(100))).toBe(true);
    expect(isSrgbProfile(ofTags(101))).toBe(false);
    expect(isSrgbProfile(ofTags(1_500_000))).toBe(false);
  });

  it('takes nothing that is broken', async () => {
    const profile = await profileOf('srgb');
    for (let length = 0; length < profile.length - 16; length += 9)
      expect(typeof isSrgbProfile(profile.subarray(0, length))).toBe('boolean');
    expect(isSrgbProfile(profile.subarray(0, 200))).toBe(false);
    expect(isSrgbProfile(Buffer.alloc(0))).toBe(false);
  });
});
