import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { findContacts } from './contacts/contacts.js';
import { PhoneDirectory } from './contacts/phone-directory.js';
import { type Passage } from './passage.js';
import { findPhrases } from './phrases.js';

/** Not bounded as passages of pictures are, so that growth shows itself. */
const unboundedPassage = (text: string): Passage => ({
  text,
  lineAt: Array.from({ length: text.length }, () => 0),
  lines: [{ text: '', confidence: 1, box: undefined }],
});

const secondsFor = (text: string): number => {
  const passage = unboundedPassage(text);
  const from = performance.now();
  findContacts(passage, new PhoneDirectory());
  findPhrases(passage, { deny: ['free money', 'aaaaaaaaab', 'rnrnrnrnrnrm'] });
  return (performance.now() - from) / 1_000;
};

const pieces = [
  'a',
  'aa ',
  'a.',
  'a@',
  '@',
  '@ ',
  '.com',
  'a.a@',
  'www.',
  'www ',
  ' at ',
  ' dot ',
  'a dot com ',
  '(dot)',
  '( ',
  '[ at ',
  'a b c d e ',
  '1',
  '1 ',
  '1-',
  '415 555 ',
  '+1',
  '(4',
  'l',
  'one ',
  'call ',
  'no. ',
  'ig: ',
  'insta ',
  'insta-',
  '微信',
  '@a',
  '-',
  '\n',
  '\n1',
  'http://',
  'a,com',
  'rn',
  '－',
  'а',
];

describe('a hostile text', () => {
  /** Quadratic growth would take minutes: the same text takes well under a second when time grows with length. */
  const length = 60_000;
  const patience = 4;

  it.each(pieces)('of %j over and over takes time in proportion', (piece) => {
    expect(secondsFor(piece.repeat(Math.ceil(length / piece.length)))).toBeLessThan(patience);
  });

  it('of several such pieces does too', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...pieces), { minLength: 2, maxLength: 5 }),
        fc.constantFrom(...pieces, 'x!'),
        (parts, last) => {
          const piece = parts.join('');
          expect(secondsFor(piece.repeat(Math.ceil(15_000 / piece.length)) + last)).toBeLessThan(patience);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('never makes a finder fail', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'binary' }))), (parts) => {
        for (const { confidence, lines } of findContacts(
          unboundedPassage(parts.join('')),
          new PhoneDirectory(),
        )) {
          expect(confidence).toBeGreaterThan(0);
          expect(confidence).toBeLessThanOrEqual(1);
          expect(lines).toEqual([0]);
        }
      }),
    );
  });
});
