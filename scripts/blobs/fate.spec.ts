import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { StoredPicture } from '#libs/database';
import { fateOf, fatesThatDelete } from './fate.js';

const hourMs = 60 * 60_000;
const now = new Date('2026-06-01T12:00:00Z');
const ago = (hours: number): Date => new Date(now.getTime() - hours * hourMs);
const rules = { minAgeMs: 24 * hourMs, orphanAgeMs: 30 * 24 * hourMs };

/** Stored 1000 hours ago, final, retention over. */
const aPicture = (facts: Partial<StoredPicture> = {}): StoredPicture => ({
  sha256: 'ab'.repeat(32),
  hasOpenCase: false,
  isUnsettled: false,
  keptUntil: ago(1),
  storedForAt: ago(1000),
  ...facts,
});
const fate = (storedAt: Date, picture?: StoredPicture) => fateOf({ storedAt }, picture, now, rules);

describe('The fate of a stored picture', () => {
  it('is to go when its retention is over', () => {
    expect(fate(ago(1000), aPicture())).toBe('expired');
    expect(fate(ago(1000), aPicture({ keptUntil: new Date(now.getTime() + 1) }))).toBe('retained');
  });

  it('is to stay while it is needed, whatever else is over', () => {
    expect(fate(ago(1000), aPicture({ hasOpenCase: true }))).toBe('open-case');
    expect(fate(ago(1000), aPicture({ isUnsettled: true }))).toBe('not-final');
    expect(fate(ago(23), aPicture())).toBe('young');
  });

  it('is to stay for a while when it was put again after the last content that tells of a put', () => {
    expect(fate(ago(100), aPicture({ storedForAt: ago(200) }))).toBe('awaited');
    expect(fate(ago(100), aPicture({ storedForAt: null, keptUntil: null }))).toBe('awaited');
    expect(fate(ago(100), undefined)).toBe('awaited');
    expect(fate(ago(800), undefined)).toBe('orphan');
    expect(fate(ago(100), aPicture({ storedForAt: ago(100.5) }))).toBe('expired');
  });

  it('is never to go while it is young, asked about, undecided or kept by its policy', () => {
    const hours = fc.double({ min: 0, max: 10_000, noNaN: true });
    const picture = fc.record({
      sha256: fc.constant('ab'.repeat(32)),
      hasOpenCase: fc.boolean(),
      isUnsettled: fc.boolean(),
      keptUntil: fc.option(hours.map((h) => ago(h - 5000))),
      storedForAt: fc.option(hours.map(ago)),
    });
    fc.assert(
      fc.property(hours, fc.option(picture, { nil: undefined }), (age, about) => {
        const isNeeded =
          age < 24 ||
          about?.hasOpenCase ||
          about?.isUnsettled ||
          (about?.keptUntil && about.keptUntil > now) ||
          (!about?.storedForAt && age < 720);
        if (isNeeded) expect(fatesThatDelete).not.toContain(fate(ago(age), about));
      }),
    );
  });
});
