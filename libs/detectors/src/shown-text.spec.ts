import { describe, expect, it } from '@jest/globals';
import { isStorableText } from '#libs/domain';
import fc from 'fast-check';
import { shownText } from './shown-text.js';

describe('shownText', () => {
  it('leaves what people write as it is', () =>
    expect(shownText(' Straße 5\n\t日本 👍🏽 ')).toBe('Straße 5\n\t日本 👍🏽'));

  it('marks what cannot be stored, or would be shown as something else', () =>
    expect(shownText('a\0b\ud83dc\u202egpj.exe')).toBe('a\ufffdb\ufffdc\ufffdgpj.exe'));

  it('is undefined where nothing is left', () => expect(shownText(' \n')).toBeUndefined());

  it('cuts between characters', () => {
    expect(shownText('a'.repeat(8), 8)).toBe('aaaaaaaa');
    expect(shownText('aaaaaa👍👍', 8)).toBe('aaaaaa…');
  });

  it('can be stored, and is no longer than it may be', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 50 }), (text, longest) => {
        const shown = shownText(text, longest);
        if (shown === undefined) return;
        expect(isStorableText(shown)).toBe(true);
        expect(shown.length).toBeLessThanOrEqual(longest);
        expect(shown.trim()).toBe(shown);
      }),
    );
  });
});
