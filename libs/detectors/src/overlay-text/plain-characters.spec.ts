import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { plainCharacters } from './plain-characters.js';

describe('plain characters', () => {
  it.each([
    ['ＷｈａｔｓＡｐｐ：＋１', 'WhatsApp:+1'],
    ['ⓙⓞⓔ', 'joe'],
    ['𝗷𝗼𝗲@𝚐𝚖𝚊𝚒𝚕.𝚌𝚘𝚖', 'joe@gmail.com'],
    ['j\u200bo\u00ade', 'joe'],
    ['example。com', 'example.com'],
    ['٠٩٦ १२३', '096 123'],
    ['gmаil.соm', 'gmail.com'],
    ['415–555—2671', '415-555-2671'],
    ['a\tb\u00a0c\nd', 'a b c\nd'],
    ['4\ufe0f\u20e31\ufe0f\u20e3', '41'],
  ])('of %p are %p', (text, plain) => expect(plainCharacters(text)).toBe(plain));

  it.each(['телефон', 'Ελλάδα', '微信号', 'Café Ö', '© 2024 Joe™'])('leave %p as it is', (text) =>
    expect(plainCharacters(text)).toBe(text),
  );

  it('are plain already', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
        const once = plainCharacters(text);
        expect(plainCharacters(once)).toBe(once);
      }),
    );
  });
});
