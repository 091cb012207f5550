import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hostName, isWithin } from './host-name.js';
import { linksIn, readLink } from './link.js';
import { standingOf } from './standing.js';

const rules = { allow: ['good.com', 'xn--bcher-kva.example'], deny: ['evil.com', 'bad.good.com'] };
const standing = (text: string): string | undefined => {
  const link = readLink(text);
  return link && standingOf(link, rules);
};

describe('where a link leads', () => {
  it.each([
    ['https://good.com/x?y#z', 'allowed'],
    ['https://shop.good.com', 'allowed'],
    ['HTTPS://GOOD.COM/', 'allowed'],
    ['https://good.com:8443/', 'allowed'],
    ['https://good.com./', 'allowed'],
    ['good.com', 'allowed'],
    ['www.good.com/path', 'allowed'],
    ['good.com:8080/x', 'allowed'],
    ['//good.com/x', 'allowed'],
    ['https://bücher.example/', 'allowed'],
    ['https://B\u00dcCHER\uff0eexample/', 'allowed'],
    ['bücher。example', 'allowed'],
    ['https://evil.com', 'denied'],
    ['http://a.b.EVIL.com:1/', 'denied'],
    ['evil\u3002com/x', 'denied'],
    ['https:evil.com', 'denied'],
    ['https:\\\\evil.com', 'denied'],
    ['https://ev\til.com', 'denied'],
    ['https://bad.good.com/', 'denied'],
    ['https://other.com', 'unlisted'],
    ['https://good.com.other.com', 'unlisted'],
    ['https://notgood.com', 'unlisted'],
    ['https://good.co', 'unlisted'],
    ['https://g\u043e\u043ed.com', 'unlisted'],
    ['http://3232235777/', 'unlisted'],
    ['http://[::1]:80/', 'unlisted'],
  ])('%s is %s', (text, expected) => expect(standing(text)).toBe(expected));

  it.each([
    ['https://good.com@other.com', 'unlisted'],
    ['https://good.com:pass@other.com/', 'unlisted'],
    ['https://someone@good.com', 'unlisted'],
    ['https://good.com\\@other.com', 'unlisted'],
    ['https://other.com\\@good.com', 'unlisted'],
    ['https://good.com%2eother.com', 'unlisted'],
    ['https://go%6fd.com', 'unlisted'],
    ['https://good.com;x', 'unlisted'],
    ['https://evil.com;end', 'denied'],
    ['https://good.com,evil.com', 'denied'],
    ['https://good.com@evil.com', 'denied'],
    ['https://evil.com@good.com', 'denied'],
    ['https://good.com\\@evil.com', 'denied'],
    ['https://evil.com\\@good.com', 'denied'],
    ['https://%65vil.com/', 'denied'],
  ])('%s, which hides it, is %s', (text, expected) => expect(standing(text)).toBe(expected));

  it.each([
    ['https://good.com/?to=https://www.good.com/', 'allowed'],
    ['https://good.com/?to=https://other.com/', 'unlisted'],
    ['https://good.com/?to=https%3A%2F%2Fevil.com%2F', 'denied'],
    ['https://good.com/?to=https%253A%252F%252Fevil.com', 'denied'],
    ['https://good.com/to/https://evil.com/x', 'denied'],
    ['https://good.com/#https://evil.com', 'denied'],
    ['https://good.com/?a=https://good.com/?b=https%3A%2F%2Fevil.com', 'denied'],
  ])('%s, which leads on, is %s', (text, expected) => expect(standing(text)).toBe(expected));

  it.each([
    '',
    ' ',
    'good',
    'two words.com x',
    'someone@good.com',
    'javascript://good.com/%0aalert(1)',
    'weixin://dl/chat',
  ])('is not told by %p', (text) => expect(readLink(text)).toBeUndefined());
});

describe('links in a text', () => {
  it('are those with a scheme, also encoded, each host once', () => {
    const text =
      'see https://a.example/x, HTTP://B.example and https://a.example/x; u=https%3A%2F%2Fc.example';
    expect(linksIn(text).map(({ host }) => host)).toEqual(['a.example', 'b.example', 'c.example']);
  });

  it('end where the next one begins', () => {
    const text = 'https://a.example,https://evil.com)https://b.example/?https://c.example.';
    expect(linksIn(text).map(({ host }) => host)).toEqual([
      'a.example',
      'evil.com',
      'b.example',
      'c.example',
    ]);
  });

  it('are at most twenty', () => {
    const text = Array.from({ length: 500 }, (_, index) => `https://host${index}.example/`).join(' ');
    expect(linksIn(text)).toHaveLength(20);
  });
});

describe('links of any text', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.webUrl({ withFragments: true, withQueryParameters: true }),
    fc
      .array(
        fc.constantFrom(
          'https:',
          '/',
          '\\',
          '@',
          '%2f',
          '%25',
          'good.com',
          'evil.com',
          ':',
          '?',
          '#',
          ' ',
          '\0',
          '。',
        ),
        {
          maxLength: 30,
        },
      )
      .map((parts) => parts.join('')),
  );

  it('never throw, and name hosts as rules do', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        for (const link of [readLink(text), ...linksIn(text)]) {
          if (!link) continue;
          standingOf(link, rules);
          for (const host of [link.host, ...link.otherHosts]) expect(hostName(host)).toBe(host);
        }
      }),
    );
  });

  it('are allowed only if that is where they lead', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const link = readLink(text);
        if (link && standingOf(link, rules) === 'allowed')
          expect(isWithin(new URL(link.href).hostname.replace(/\.$/, ''), rules.allow)).toBe(true);
      }),
    );
  });
});
