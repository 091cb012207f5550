import { describe, expect, it } from '@jest/globals';
import {
  evidenceSchema,
  linkRulesSchema,
  type LookOptions,
  phraseRulesSchema,
  type Pixels,
} from '#libs/domain';
import fc from 'fast-check';
import { OverlayTextDetector } from './overlay-text-detector.js';
import type { TextLine, TextReader } from './text-reader.js';

type Read = Awaited<ReturnType<TextReader['read']>>;

const view: Pixels = { data: new Uint8Array(3), width: 1, height: 1 };

/** Gives each view what is written for it. */
const readerOf = (...answers: Read[]): TextReader => ({
  version: 'read.1',
  read: () => Promise.resolve(answers.shift()!),
});

const box = (top: number): TextLine['box'] => [
  [0.1, top],
  [0.9, top],
  [0.9, top + 0.1],
  [0.1, top + 0.1],
];
const written = (...texts: string[]): Read => ({
  ok: true,
  value: texts.map((text, row) => ({ text, confidence: 0.99, box: box(Math.min(row * 0.12, 0.8)) })),
});

const options = (links: object = {}, deny: string[] = []): LookOptions => ({
  rules: { links: linkRulesSchema.parse(links), phrases: phraseRulesSchema.parse({ deny }) },
  deadlineMs: 1_000,
});

const look = async (answers: Read[], told = options()) =>
  new OverlayTextDetector(readerOf(...answers)).detect(
    answers.map(() => ({ ...view })),
    told,
  );

const seenIn = async (answers: Read[], told = options()) => {
  const answer = await look(answers, told);
  if (!answer.ok) throw new Error(answer.detail);
  return answer.value;
};

describe('the detector of overlaid text', () => {
  it('scores contact information, and shows the line where it stands', async () => {
    const { scores, evidence, version } = await seenIn([written('SUMMER SALE', 'WhatsApp +1 415 555 2671')]);
    expect(version).toMatch(/^read\.1\+rules\.\d+$/);
    expect(scores).toEqual({ 'spam/contact': 0.95, 'spam/phrase': 0 });
    expect(evidence).toEqual([
      {
        kind: 'text',
        category: 'spam/contact',
        text: 'WhatsApp +1 415 555 2671',
        note: 'phone number',
        score: 0.95,
        box: box(0.12),
      },
    ]);
  });

  it('finds what is torn over two lines, and shows both', async () => {
    const { evidence } = await seenIn([written('joe.smith@', 'gmail.com')]);
    expect(evidence).toMatchObject([{ text: 'joe.smith@ gmail.com', note: 'e-mail address' }]);
    expect(evidence[0]!.box).toEqual([
      [0.1, 0],
      [0.9, 0],
      [0.9, 0.22],
      [0.1, 0.22],
    ]);
  });

  it('says that something was disguised', async () => {
    const { evidence } = await seenIn([written('example d0t com')]);
    expect(evidence).toMatchObject([{ note: 'web address, disguised', score: 0.8 }]);
  });

  it('finds nothing in a caption', async () => {
    const { scores, evidence } = await seenIn([written('Happy birthday, Anna!', '12.05.2024')]);
    expect(scores).toEqual({ 'spam/contact': 0, 'spam/phrase': 0 });
    expect(evidence).toEqual([]);
  });

  it('lets pass what leads to allowed domains, and still shows it', async () => {
    const told = options({ allow: ['example.com'] });
    const allowed = await seenIn([written('shop.example.com', 'joe@example.com')], told);
    expect(allowed.scores['spam/contact']).toBe(0);
    expect(allowed.evidence.map(({ note, score }) => [note, score])).toEqual([
      ['e-mail address, allowed domain', 0],
      ['web address, allowed domain', 0],
    ]);
    const other = await seenIn([written('example.com.evil.net')], told);
    expect(other.scores['spam/contact']).toBeGreaterThan(0.5);
  });

  it('is certain of what leads to denied domains', async () => {
    const told = options({ deny: ['evil.io'], allow: ['evil.io'] });
    const { scores, evidence } = await seenIn([written('www.Evil.io/x')], told);
    expect(scores['spam/contact']).toBe(1);
    expect(evidence[0]!.note).toBe('web address, denied domain');
  });

  it('finds the phrases that a policy denies', async () => {
    const { scores, evidence } = await seenIn(
      [written('get FREE', 'M0NEY today')],
      options({}, ['free money']),
    );
    expect(scores).toEqual({ 'spam/contact': 0, 'spam/phrase': 0.8 });
    expect(evidence).toMatchObject([
      { category: 'spam/phrase', text: 'get FREE M0NEY today', note: 'denied phrase: free money' },
    ]);
  });

  it('leaves out lines that are guesses', async () => {
    const guess: Read = { ok: true, value: [{ text: 'joe@example.com', confidence: 0.4, box: box(0) }] };
    expect((await seenIn([guess])).evidence).toEqual([]);
  });

  it('reads every view, and tells the same text once', async () => {
    const { scores, evidence } = await seenIn([
      written('hello'),
      written('@katie_rose'),
      written('@katie_rose'),
    ]);
    expect(scores['spam/contact']).toBe(0.8);
    expect(evidence).toHaveLength(1);
  });

  it.each([
    ['overloaded', 'overloaded'],
    ['closed', 'closed'],
    ['deadline_exceeded', 'deadline_exceeded'],
    ['inference_failed', 'failed'],
  ] as const)('hands on that reading was %s', async (code, told) => {
    const failure: Read = { ok: false, code, detail: 'why' };
    expect(await look([failure])).toEqual({ ok: false, code: told, detail: 'why' });
  });

  it('does without a view only where another one says enough', async () => {
    const failure: Read = { ok: false, code: 'inference_failed', detail: 'why' };
    expect((await look([written('hello'), failure])).ok).toBe(false);
    expect((await look([failure, written('joe@example.com')])).ok).toBe(true);
  });

  it('gives evidence as the domain wants it, whatever is read', async () => {
    const pieces = fc.constantFrom(
      'joe@example.com',
      '@katie_9',
      '+14155552671',
      '\0',
      '\ud83d',
      '😀',
      ' ',
      'x'.repeat(290),
      'free money',
    );
    const texts = fc.array(
      fc.array(pieces, { maxLength: 6 }).map((parts) => parts.join(' ')),
      { maxLength: 50 },
    );
    await fc.assert(
      fc.asyncProperty(texts, async (lines) => {
        const { scores, evidence } = await seenIn([written(...lines)], options({}, ['free money']));
        for (const piece of evidence) expect(evidenceSchema.parse(piece)).toEqual(piece);
        expect(evidence.length).toBeLessThanOrEqual(32);
        for (const score of Object.values(scores)) expect(score >= 0 && score <= 1).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});
