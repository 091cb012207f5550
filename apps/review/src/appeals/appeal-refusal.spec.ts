import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { verdicts } from '#libs/domain';
import { type Appealable, appealRefusal } from './appeal-refusal.js';

const now = new Date('2026-11-20T10:00:00Z');
const blocked: Appealable = {
  isErased: false,
  verdict: 'block',
  isFinal: true,
  hasOpenAppeal: false,
  isCaseClosed: false,
  until: new Date(now.getTime() + 1),
  now,
};

describe('whether a content may be appealed', () => {
  it('is so for a block that holds, until its last moment', () => {
    expect(appealRefusal(blocked)).toBeUndefined();
    expect(appealRefusal({ ...blocked, until: now })).toBe('too_late');
  });

  it.each<[Partial<Appealable>, string]>([
    [{ isErased: true }, 'erased'],
    [{ hasOpenAppeal: true, isFinal: false }, 'appeal_open'],
    [{ isCaseClosed: true }, 'already_appealed'],
    [{ until: null }, 'already_appealed'],
    [{ verdict: 'allow' }, 'not_blocked'],
    [{ verdict: 'allow', isFinal: false }, 'not_final'],
    [{ verdict: 'review', isFinal: false }, 'not_final'],
    [{ verdict: null, isFinal: false }, 'not_final'],
    [{ isFinal: false }, 'not_final'],
  ])('is refused for %j as %s', (over, refusal) => {
    expect(appealRefusal({ ...blocked, ...over })).toBe(refusal);
  });

  it('is so for nothing but a final block in its time, once', () => {
    const any = fc.record({
      isErased: fc.boolean(),
      verdict: fc.option(fc.constantFrom(...verdicts)),
      isFinal: fc.boolean(),
      hasOpenAppeal: fc.boolean(),
      isCaseClosed: fc.boolean(),
      until: fc.option(fc.date({ noInvalidDate: true })),
      now: fc.constant(now),
    });
    fc.assert(
      fc.property(any, (content) => {
        const may = appealRefusal(content) === undefined;
        expect(may).toBe(
          !content.isErased &&
            !content.hasOpenAppeal &&
            !content.isCaseClosed &&
            content.verdict === 'block' &&
            content.isFinal &&
            content.until !== null &&
            content.now < content.until,
        );
      }),
    );
  });
});
