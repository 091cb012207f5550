import { describe, expect, it } from '@jest/globals';
import { calledDetectors, detectorCallsSchema } from './detector-calls.js';
import { domainSchema } from './read-rules.js';

const draw = (detector: string): number => (detector === 'lucky' ? 0.01 : 0.99);

describe('the detectors that a policy calls', () => {
  it('are those that always look, whose band holds the score, and that are drawn', () => {
    const calls = detectorCallsSchema.parse({
      'qr-code': [{ when: 'always' }],
      'overlay-text': [{ when: 'score', category: 'sexual/suggestive', from: 0.2, to: 0.6 }],
      lucky: [{ when: 'sampled', share: 0.05 }],
      unlucky: [{ when: 'sampled', share: 0.05 }],
    });
    const called = (score: number): string[] => calledDetectors(calls, { 'sexual/suggestive': score }, draw);
    expect(called(0.1)).toEqual(['lucky', 'qr-code']);
    expect(called(0.2)).toEqual(['lucky', 'overlay-text', 'qr-code']);
    expect(called(0.6)).toEqual(['lucky', 'overlay-text', 'qr-code']);
    expect(called(0.61)).toEqual(['lucky', 'qr-code']);
  });

  it('are called by one reason of several, and not by a score that nobody gave', () => {
    const calls = detectorCallsSchema.parse({
      'overlay-text': [
        { when: 'score', category: 'spam/other', from: 0 },
        { when: 'sampled', share: 1 },
      ],
    });
    expect(calledDetectors(calls, {}, () => 0.5)).toEqual(['overlay-text']);
    expect(calledDetectors(calls, {}, () => 1)).toEqual([]);
  });

  it.each([
    ['a band upside down', [{ when: 'score', category: 'a/b', from: 0.7, to: 0.3 }], 'from'],
    ['a share above all', [{ when: 'sampled', share: 1.1 }], 'share'],
    ['no reason', [], ''],
    ['a reason that is none', [{ when: 'asked' }], 'when'],
  ])('are refused with %s', (_case, reasons, path) => {
    const { error } = detectorCallsSchema.safeParse({ 'qr-code': reasons });
    expect(JSON.stringify(error?.issues)).toContain(path);
    expect(error).toBeDefined();
  });
});

describe('a domain', () => {
  it('is taken in lower case', () => expect(domainSchema.parse(' Example.COM ')).toBe('example.com'));

  it.each([
    'https://example.com',
    'example.com/x',
    '*.example.com',
    'localhost',
    '10.0.0.1',
    'a..b',
    '-a.com',
  ])('is not %s', (text) => expect(domainSchema.safeParse(text).success).toBe(false));
});
