import { describe, expect, it } from '@jest/globals';
import { aContent } from '../../../../test/builders/content.builder.js';
import {
  aFastJudgement,
  aFlaggedEvent,
  aJudgedEvent,
  aSubmittedEvent,
} from '../../../../test/builders/event.builder.js';
import { classificationsOf, entryOf, mergeByContent } from './ledger-entry.js';

describe('entryOf', () => {
  it('takes what the gateway judged as settled', () => {
    expect(entryOf(aJudgedEvent())).toMatchObject({ settled: true, case: null });
  });

  it('takes what was flagged or submitted as unsettled, and leaves the case to the deep tier', () => {
    expect(entryOf(aFlaggedEvent())).toMatchObject({ settled: false, case: null });
    expect(entryOf(aSubmittedEvent())).toMatchObject({ settled: false, case: null, judgements: [] });
  });
});

describe('mergeByContent', () => {
  it('joins what several events say about one content, in either order', () => {
    const known = aContent({ pdq: 'ab'.repeat(32), pdqQuality: 70, blobKey: 'a-key' });
    const unknown = { ...known, pdq: null, pdqQuality: null, blobKey: null };
    const events = [aSubmittedEvent(unknown), aFlaggedEvent({ content: known })];
    for (const order of [events, [...events].reverse()]) {
      const merged = mergeByContent(order.map(entryOf));
      expect(merged).toHaveLength(1);
      expect(merged[0]).toMatchObject({ content: known, judgements: [{ key: 'fast' }] });
    }
  });

  it('keeps different contents apart', () => {
    expect(mergeByContent([aFlaggedEvent(), aFlaggedEvent()].map(entryOf))).toHaveLength(2);
  });
});

describe('classificationsOf', () => {
  const model = { name: 'nsfw-mobilenet-v2', version: '1', tier: 'fast' } as const;

  it('takes what the judgement says that each model saw', () => {
    const classifications = [{ model, scores: { 'sexual/explicit': 0.1, 'sexual/suggestive': 0.2 } }];
    expect(classificationsOf(aFastJudgement({ classifications }))).toEqual(classifications);
  });

  it('takes the judged scores as those of the only model', () => {
    expect(classificationsOf(aFastJudgement({ models: [model] }))).toEqual([
      { model, scores: { 'sexual/explicit': 0.6 } },
    ]);
  });

  it('does not guess which of several models saw what', () => {
    expect(classificationsOf(aFastJudgement({ models: [model, { ...model, name: 'another' }] }))).toEqual([]);
  });
});
