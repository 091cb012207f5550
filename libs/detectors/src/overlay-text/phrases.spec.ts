import { describe, expect, it } from '@jest/globals';
import { passageOf } from './passage.js';
import { exactPhrase, findPhrases, misreadPhrase } from './phrases.js';

const confidenceOf = (phrase: string, text: string): number | undefined => {
  const lines = text.split('\n').map((row) => ({ text: row, confidence: 1, box: undefined }));
  const passage = passageOf(lines.map((line) => ({ line, separator: '\n' })));
  return findPhrases(passage, { deny: [phrase] })[0]?.confidence;
};

describe('a denied phrase', () => {
  it.each([
    ['free money', 'FREE MONEY!!!'],
    ['free money', 'get Free-Money now'],
    ['free money', 'get free\nmoney now'],
    ['free money', 'freemoney'],
    ['free money', 'f r e e  m o n e y'],
    ['Café Röyal', 'cafe royal'],
    ['cafe royal', 'CAFÉ RÖYAL'],
    ['Straße', 'STRASSE'],
    ['scam', 'ｓｃａｍ'],
    ['scam', 'ѕсаm'],
    ['免费', '现在免费送'],
    ['бесплатно', 'БЕСПЛАТНО!'],
    ['100 free', '100 free'],
    ['f@ke news', 'F@KE NEWS'],
  ])('%p stands in %p', (phrase, text) => expect(confidenceOf(phrase, text)).toBe(exactPhrase));

  it.each([
    ['casino', 'CASlNO'],
    ['casino', 'cas1no'],
    ['money', 'm0ney'],
    ['modern', 'modem'],
    ['free money', 'free rnoney'],
    ['work from home', 'W0RK FR0M H0ME'],
  ])('%p is read in %p, where one character of a word was misread', (phrase, text) =>
    expect(confidenceOf(phrase, text)).toBe(misreadPhrase),
  );

  it.each([
    ['ass', 'first class'],
    ['ass', 'assistant'],
    ['free', 'freedom'],
    ['money', 'moneybag'],
    ['porn', 'pom'],
    ['ill', 'lil'],
    ['loo', '100'],
    ['illinois', '1ll1no1s'],
    ['casino', 'cassino'],
    ['scam', 'scan'],
    ['free money', 'free the money'],
    ['free money', 'money free'],
    ['免费', '免 税'],
    ['!!!', '!!!'],
  ])('%p does not stand in %p', (phrase, text) => expect(confidenceOf(phrase, text)).toBeUndefined());

  it('is told with its lines', () => {
    const lines = ['get', 'free', 'money', 'now'].map((text) => ({ text, confidence: 1, box: undefined }));
    const passage = passageOf(lines.map((line) => ({ line, separator: '\n' })));
    expect(findPhrases(passage, { deny: ['now', 'Free Money'] })).toEqual([
      { phrase: 'now', confidence: exactPhrase, lines: [3] },
      { phrase: 'Free Money', confidence: exactPhrase, lines: [1, 2] },
    ]);
  });
});
