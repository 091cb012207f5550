import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { timeOfId } from '#libs/platform';
import { originShownOf } from './origin-shown.js';

const createdAt = new Date('2026-05-01T12:00:00Z');
const content = { id: '01900000-0000-7000-8000-000000000000', receivedAt: '2026-01-01T00:00:00Z' };

describe('the origin of a case, as it is shown', () => {
  it('is that of its content, where the case is about it', () => {
    expect(originShownOf({ id: 'a case', kind: 'content', createdAt, content })).toEqual({
      contentId: content.id,
      receivedAt: new Date(content.receivedAt),
      laterByMs: 0,
    });
  });

  it('of a second look or a golden case lies shortly before it was opened, in the id too, and never changes', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.constantFrom('second' as const, 'golden' as const), (id, kind) => {
        const shown = originShownOf({ id, kind, createdAt, content });
        const way = createdAt.getTime() - shown.receivedAt.getTime();
        expect(way).toBeGreaterThanOrEqual(2_000);
        expect(way).toBeLessThan(12_000);
        expect(timeOfId(shown.contentId)).toBe(shown.receivedAt.getTime());
        expect(originShownOf({ id, kind, createdAt, content })).toEqual(shown);
      }),
    );
  });

  it('differs from case to case', () => {
    const ids = ['one', 'two', 'three'].map(
      (id) => originShownOf({ id, kind: 'golden', createdAt, content }).contentId,
    );
    expect(new Set(ids).size).toBe(3);
  });
});
