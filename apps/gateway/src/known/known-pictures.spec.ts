import { describe, expect, it } from '@jest/globals';
import type { KnownContent } from '#libs/database';
import { KnownPictures } from './known-pictures.js';

const policy = { name: 'default', version: 1 };
const now = new Date('2026-06-01T00:00:00Z');
const later = new Date('2026-06-02T00:00:00Z');
const pdq = '0123456789abcdef'.repeat(4);
/** `pdq` with so many of its first bits flipped. */
const copyAt = (distance: number): string => {
  const bits = BigInt(`0x${pdq}`) ^ ((1n << BigInt(distance)) - 1n);
  return bits.toString(16).padStart(64, '0');
};

let rows = 0;
const aRow = (over: Partial<KnownContent>): KnownContent => ({
  id: `row-${++rows}`,
  sha256: 'aa',
  pdq,
  pdqQuality: 100,
  verdict: 'block',
  caseId: 'case',
  policyName: policy.name,
  policyVersion: policy.version,
  expiresAt: null,
  revokedAt: null,
  ...over,
});
const knowing = async (...all: KnownContent[]): Promise<KnownPictures> => {
  const pictures = await KnownPictures.empty();
  pictures.learn(all);
  return pictures;
};

describe('The same bytes', () => {
  it('inherit a block under every policy', async () => {
    const pictures = await knowing(aRow({ verdict: 'block' }));
    for (const version of [1, 2])
      expect(pictures.exact('aa', { name: 'default', version }, now)).toEqual({
        verdict: 'block',
        caseId: 'case',
        distance: 0,
      });
  });

  it('inherit an allow', async () => {
    const pictures = await knowing(aRow({ verdict: 'allow', expiresAt: later }));
    expect(pictures.exact('aa', policy, now)).toMatchObject({ verdict: 'allow' });
  });

  it('do not inherit an allow that was given under another policy or version', async () => {
    const pictures = await knowing(aRow({ verdict: 'allow', expiresAt: later }));
    expect(pictures.exact('aa', { name: 'default', version: 2 }, now)).toBeUndefined();
    expect(pictures.exact('aa', { name: 'strict', version: 1 }, now)).toBeUndefined();
  });

  it('do not inherit an allow that has expired, from its very moment on', async () => {
    const pictures = await knowing(aRow({ verdict: 'allow', expiresAt: now }));
    expect(pictures.exact('aa', policy, now)).toBeUndefined();
  });

  it('make an allow forgotten once it is seen expired, and not before', async () => {
    const pictures = await knowing(aRow({ verdict: 'allow', expiresAt: later }));
    pictures.exact('aa', policy, now);
    expect(pictures.size).toBe(1);
    pictures.exact('aa', policy, later);
    expect(pictures.size).toBe(0);
  });

  it('inherit nothing once the decision is revoked', async () => {
    const row = aRow({});
    const pictures = await knowing(row, { ...row, revokedAt: now });
    expect(pictures.exact('aa', policy, now)).toBeUndefined();
    expect(pictures.size).toBe(0);
  });

  it('inherit the decision that replaced another, in whichever order both are told', async () => {
    const block = aRow({});
    const revoked = { ...block, revokedAt: now };
    const allow = aRow({ verdict: 'allow' });
    for (const told of [
      [block, revoked, allow],
      [block, allow, revoked],
    ])
      expect((await knowing(...told)).exact('aa', policy, now)).toMatchObject({ verdict: 'allow' });
  });
});

describe('A near copy', () => {
  it('inherits a block up to a distance of 31 bits, and not at 32', async () => {
    const pictures = await knowing(aRow({}));
    expect(pictures.nearBlock({ pdq: copyAt(31), quality: 100 })).toEqual({
      verdict: 'block',
      caseId: 'case',
      distance: 31,
    });
    expect(pictures.nearBlock({ pdq: copyAt(32), quality: 100 })).toBeUndefined();
  });

  it('never inherits an allow', async () => {
    const pictures = await knowing(aRow({ verdict: 'allow' }));
    expect(pictures.nearBlock({ pdq, quality: 100 })).toBeUndefined();
  });

  it.each([
    ['its own', 100, 49],
    ['the decided picture’s', 49, 100],
  ])('inherits nothing when %s quality is below 50', async (_whose, pdqQuality, quality) => {
    const pictures = await knowing(aRow({ pdqQuality }));
    expect(pictures.nearBlock({ pdq, quality })).toBeUndefined();
  });

  it('inherits from a picture of quality 50', async () => {
    const pictures = await knowing(aRow({ pdqQuality: 50 }));
    expect(pictures.nearBlock({ pdq, quality: 50 })).toBeDefined();
  });

  it('inherits from the nearest of several', async () => {
    const pictures = await knowing(
      aRow({ sha256: 'aa', caseId: 'far', pdq: copyAt(20) }),
      aRow({ sha256: 'bb', caseId: 'near', pdq: copyAt(3) }),
    );
    expect(pictures.nearBlock({ pdq, quality: 100 })).toMatchObject({ caseId: 'near', distance: 3 });
  });

  it('inherits nothing once the block is revoked', async () => {
    const row = aRow({});
    const pictures = await knowing(row, { ...row, revokedAt: now });
    expect(pictures.nearBlock({ pdq, quality: 100 })).toBeUndefined();
  });

  it('is found once where the same row was told twice', async () => {
    const row = aRow({});
    const pictures = await knowing(row, row, { ...row, revokedAt: now });
    expect(pictures.nearBlock({ pdq, quality: 100 })).toBeUndefined();
  });
});
