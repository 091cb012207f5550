import { describe, expect, it } from '@jest/globals';
import { type Evidence, evidenceSchema, linkRulesSchema } from '#libs/domain';
import fc from 'fast-check';
import { judgeCode } from './judge-code.js';

const rules = linkRulesSchema.parse({ allow: ['good.com'], deny: ['evil.com'] });
const box: Evidence['box'] = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
];
const judged = (text: string): Evidence => judgeCode({ text, bytes: Buffer.from(text), box }, rules);

describe('a code', () => {
  it.each([
    ['https://good.com/menu', 0, 'allowed domain'],
    ['GOOD.COM/MENU', 0, 'allowed domain'],
    ['URLTO:good.com', 0, 'allowed domain'],
    ['MEBKM:TITLE:Menu;URL:https\\://good.com/;;', 0, 'allowed domain'],
    ['https://other.com/', 0.8, 'link'],
    ['https://good.com@other.com/', 0.8, 'link that hides where it leads'],
    ['https://evil.com/', 1, 'denied domain: evil.com'],
    ['https://good.com/?next=https://a.evil.com/', 1, 'denied domain: a.evil.com'],
    ['MEBKM:URL:https\\://evil.com/;TITLE:x;;', 1, 'denied domain: evil.com'],
    ['just some words', 0.8, 'text'],
    ['find us at evil.com!', 1, 'denied domain: evil.com'],
    ['find us at good.com', 0.8, 'text'],
    ['someone@evil.com', 1, 'denied domain: evil.com'],
    ['someone@good.com', 0.8, 'mail'],
    ['mailto:a@evil.com?subject=x', 1, 'denied domain: evil.com'],
    ['MATMSG:TO:a@mail.evil.com;SUB:x;BODY:y;;', 1, 'denied domain: mail.evil.com'],
    ['mailto:a@good.com', 0.8, 'mail'],
    ['tel:+14155552671', 0.8, 'phone number'],
    ['SMSTO:+14155552671:hello', 0.8, 'text message'],
    ['WIFI:T:WPA;S:Cafe;P:secret;;', 0.8, 'Wi-Fi access'],
    ['MECARD:N:Doe,J;TEL:1;URL:https\\://evil.com;;', 1, 'denied domain: evil.com'],
    ['MECARD:N:Doe,J;URL:good.com;;', 0.8, 'contact card'],
    ['BEGIN:VCARD\nVERSION:3.0\nURL;TYPE=WORK:evil.com\nEND:VCARD', 1, 'denied domain: evil.com'],
    ['BEGIN:VCARD\r\nFN:Doe\r\nEMAIL:x@y.example\r\nEND:VCARD', 0.8, 'contact card'],
    ['line://ti/p/@shop', 0.8, 'link into an app, line:'],
    ['weixin://dl/business/?t=abc', 0.8, 'link into an app, weixin:'],
    ['whatsapp://send?text=https%3A%2F%2Fevil.com', 1, 'denied domain: evil.com'],
    [
      'intent://x#Intent;scheme=http;S.browser_fallback_url=https%3A%2F%2Fevil.com;end',
      1,
      'denied domain: evil.com',
    ],
    ['bitcoin:bc1qexample?amount=1', 0.8, 'payment'],
    ['00020126360014br.gov.bcb.pix0114+5511999999995204000053039865802BR', 0.8, 'payment'],
    ['BCD\n002\n1\nSCT\n\nJ Doe\nDE00', 0.8, 'payment'],
    ['otpauth://totp/x?secret=y', 0.8, 'one-time password key'],
    ['geo:1,2', 0.8, 'place'],
    ['javascript://good.com/%0aalert(1)', 0.8, 'link into an app, javascript:'],
    ['  ', 0.8, 'text'],
  ])('that says %s has the level %d', (text, score, note) => {
    expect(judged(text)).toMatchObject({ score, note });
  });

  it('without words is shown as hex', () => {
    const evidence = judgeCode({ text: undefined, bytes: Uint8Array.of(0, 255, 16), box }, rules);
    expect(evidence).toMatchObject({ score: 0.8, text: '00ff10', note: 'bytes, as hex' });
    const long = judgeCode({ text: undefined, bytes: new Uint8Array(3000), box }, rules);
    expect(long.text).toHaveLength(500);
  });

  it('that says nothing is still shown', () => expect(judged(' ').text).toBe('(empty)'));

  it('always gives evidence that can be stored, whatever it says', () => {
    const parts = fc.constantFrom(
      'evil.com',
      'https://',
      '\0',
      '\ud800',
      '\u202e',
      'MECARD:URL:',
      ';',
      '@',
      '%',
      '\\',
      '\n',
      'a'.repeat(200),
    );
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 3000 }),
      fc.array(parts, { maxLength: 60 }).map((each) => each.join('')),
    );
    fc.assert(
      fc.property(hostile, (text) => {
        const evidence = judged(text);
        expect(evidenceSchema.parse(evidence)).toEqual(evidence);
      }),
    );
  });

  it('is denied wherever it names a denied domain with a scheme', () => {
    const around = fc.string({ maxLength: 40 }).filter((text) => !/[a-z0-9.%@\\:/-]$/i.test(text));
    fc.assert(
      fc.property(around, (before) => {
        expect(judged(`${before} https://shop.evil.com/x`).score).toBe(1);
      }),
    );
  });
});
