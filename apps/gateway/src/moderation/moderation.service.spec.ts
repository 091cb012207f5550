import { beforeEach, describe, expect, it } from '@jest/globals';
import { Metrics, Problem } from '#libs/platform';
import { type Content, defaultPolicyDocument, type Judgement, type Policy, type Scores } from '#libs/domain';
import { MetricsService } from '../metrics/metrics.service.js';
import type { KnownMatch } from '../known/known-content.service.js';
import { ModerationService, type Submission } from './moderation.service.js';

const policy: Policy = {
  name: 'default',
  version: 7,
  document: {
    ...defaultPolicyDocument,
    hold: true,
    auditSampleRate: 0.25,
    surfaces: {
      ...defaultPolicyDocument.surfaces,
      shop: {
        detectors: {
          'qr-code': [{ when: 'always' }],
          'overlay-text': [{ when: 'score', category: 'sexual/suggestive', from: 0.2, to: 1 }],
        },
      },
    },
  },
};
const facts = {
  mediaType: 'image/jpeg',
  width: 4,
  height: 3,
  frames: 1,
  hasAlpha: false,
  orientation: 1,
} as const;
const hash = { pdq: '0'.repeat(64), quality: 80 };
const submission: Submission = {
  id: '0199c1d2-0000-7000-8000-000000000001',
  upload: { bytes: Buffer.from('bytes'), sha256: 'a'.repeat(64) },
  surface: 'default',
  reference: null,
  apiKeyId: '0199c1d2-0000-7000-8000-000000000002',
  receivedAt: new Date('2026-06-01T00:00:00Z'),
};

/** The rooms around the story, each as simple as it can be. The medium tests run it in the real ones. */
class Surroundings {
  /** laid over what the model says of a harmless picture */
  scores: Scores = {};
  silentOn: string | undefined;
  exact: KnownMatch | undefined;
  near: KnownMatch | undefined;
  hasBlocks = false;
  random = 0.99;
  isFull = false;
  isBusAway = false;
  readonly recorded: { how: string; content: Content; what: unknown }[] = [];

  readonly story = new ModerationService(
    { current: () => policy } as never,
    {
      exact: () => this.exact,
      nearBlock: (of: unknown) => (of === null ? undefined : this.near),
      holdsBlocks: () => this.hasBlocks,
    } as never,
    {
      model: { name: 'model', version: '1', tier: 'fast' },
      facts: () => Promise.resolve(facts),
      hash: () => (this.isFull ? Promise.reject(new Problem('overloaded', 'full')) : Promise.resolve(hash)),
      look: (_upload: unknown, match: (of: unknown) => KnownMatch | undefined) => {
        const all = { 'sexual/explicit': 0, 'sexual/suggestive': 0, ...this.scores };
        const scored = Object.fromEntries(Object.entries(all).filter(([name]) => name !== this.silentOn));
        const look = { facts, hash, scores: scored, took: { decodeMs: 2, inferenceMs: 3 } };
        const matched = match(hash);
        const scores = matched ? null : scored;
        return Promise.resolve({ look, outcome: 'miss', match: matched ?? null, scores });
      },
    } as never,
    {
      flag: this.record('flag'),
      judge: this.record('judge'),
      submit: this.record('submit'),
      allow: (content: Content, what: Judgement) => void this.recorded.push({ how: 'allow', content, what }),
    } as never,
    new MetricsService(new Metrics()),
    () => this.random,
  );

  private record(how: string) {
    return (content: Content, _upload: unknown, what: unknown): Promise<void> => {
      if (this.isBusAway) return Promise.reject(new Problem('bus_unavailable', 'away'));
      this.recorded.push({ how, content, what });
      return Promise.resolve();
    };
  }
}

let around: Surroundings;
beforeEach(() => {
  around = new Surroundings();
});
const moderate = (over: Partial<Submission> = {}) => around.story.moderate({ ...submission, ...over });
const how = (): string[] => around.recorded.map((each) => each.how);

describe('The story of one upload', () => {
  it('allows what no threshold minds, and only counts it', async () => {
    expect(await moderate()).toMatchObject({
      id: submission.id,
      verdict: 'allow',
      tier: 'fast',
      policy: { name: 'default', version: 7 },
      final: true,
      hold: false,
      cached: false,
      timings: { decodeMs: 2, inferenceMs: 3 },
    });
    expect(how()).toEqual(['allow']);
  });

  it('carries the model’s own scores to the ledger', async () => {
    around.scores = { 'sexual/explicit': 0.1, 'other/unjudged': 0.5 };
    const answer = await moderate();
    expect(Object.keys(answer.categories)).toEqual(['sexual/explicit', 'sexual/suggestive']);
    expect(around.recorded[0]?.what).toMatchObject({
      key: 'fast',
      classifications: [{ model: { name: 'model' }, scores: around.scores }],
    });
  });

  it.each(['sexual/explicit', 'sexual/suggestive'])(
    'is undecided, and nothing is recorded, where the model said nothing of %s, which the policy judges',
    async (category) => {
      around.silentOn = category;
      await expect(moderate()).rejects.toMatchObject({ code: 'unavailable' });
      expect(how()).toEqual([]);
    },
  );

  it('fails rather than allows a score that is no number', async () => {
    around.scores = { 'sexual/explicit': NaN };
    await expect(moderate()).rejects.toThrow(RangeError);
    expect(how()).toEqual([]);
  });

  it('picks an audit sample where the number drawn lies below the rate, and not at it', async () => {
    around.random = 0.2499;
    expect(await moderate()).toMatchObject({ verdict: 'allow', final: false, hold: false });
    around.random = 0.25;
    expect(await moderate()).toMatchObject({ verdict: 'allow', final: true });
    expect(around.recorded.map(({ how: way, what }) => [way, (what as { audit?: unknown }).audit])).toEqual([
      ['flag', { propensity: 0.25 }],
      ['allow', undefined],
    ]);
  });

  it('never picks a review as an audit sample', async () => {
    around.random = 0;
    around.scores = { 'sexual/explicit': 0.5 };
    expect(await moderate()).toMatchObject({ verdict: 'review', final: false, hold: true });
    expect(around.recorded[0]).toMatchObject({
      how: 'flag',
      what: { audit: null, asks: ['sexual/explicit'] },
    });
  });

  it('does not hold what the surface shows meanwhile', async () => {
    around.scores = { 'sexual/explicit': 0.5 };
    expect(await moderate({ surface: 'chat' })).toMatchObject({
      verdict: 'review',
      final: false,
      hold: false,
    });
  });

  it('sends everything of a surface to the deep tier where the policy says so, and shows it meanwhile', async () => {
    expect(await moderate({ surface: 'listing' })).toMatchObject({
      verdict: 'allow',
      final: false,
      hold: false,
    });
    const { asks } = around.recorded[0]!.what as { asks: string[] };
    expect(asks).toContain('goods/firearm');
    expect(asks).toContain('spam/qr-code');
    expect(asks.every((category) => /^(goods|spam)\//.test(category))).toBe(true);
  });

  it('sends to the deep tier whom the policy calls by name, though nothing is asked, and shows it meanwhile', async () => {
    around.scores = { 'sexual/suggestive': 0.3 };
    expect(await moderate({ surface: 'shop' })).toMatchObject({
      verdict: 'allow',
      final: false,
      hold: false,
    });
    expect(around.recorded).toMatchObject([
      { how: 'flag', what: { asks: [], called: ['overlay-text', 'qr-code'], audit: null } },
    ]);
  });

  it('calls by the scores, and nobody after a block', async () => {
    await moderate({ surface: 'shop' });
    expect(around.recorded[0]).toMatchObject({ how: 'flag', what: { called: ['qr-code'] } });
    around.scores = { 'sexual/explicit': 1, 'sexual/suggestive': 0.3 };
    expect(await moderate({ surface: 'shop' })).toMatchObject({ verdict: 'block', final: true });
    expect(around.recorded[1]).toMatchObject({ how: 'judge' });
  });

  it('blocks for good, and asks nobody else', async () => {
    around.scores = { 'sexual/explicit': 1 };
    expect(await moderate({ surface: 'listing' })).toMatchObject({
      verdict: 'block',
      final: true,
      hold: false,
    });
    expect(how()).toEqual(['judge']);
  });

  it.each([
    ['a review', 0.5, 'default'],
    ['a block', 1, 'default'],
    ['an allow that the deep tier must see', 0, 'listing'],
  ])('fails rather than answers %s that could not be recorded', async (_what, score, surface) => {
    around.isBusAway = true;
    around.scores = { 'sexual/explicit': score };
    await expect(moderate({ surface })).rejects.toMatchObject({ code: 'bus_unavailable' });
  });

  it('fails rather than allows an audit sample that could not be recorded', async () => {
    around.isBusAway = true;
    around.random = 0;
    await expect(moderate()).rejects.toMatchObject({ code: 'bus_unavailable' });
  });

  it('gives a person’s verdict on the same bytes, whatever the scores', async () => {
    around.exact = { verdict: 'allow', caseId: submission.apiKeyId, distance: 0 };
    around.scores = { 'sexual/explicit': 1 };
    expect(await moderate()).toMatchObject({
      verdict: 'allow',
      tier: 'known',
      reasons: [{ kind: 'decision', caseId: submission.apiKeyId, distance: 0 }],
      models: [],
      final: true,
    });
    expect(how()).toEqual(['allow']);
  });

  it('gives the block of a picture that it is a near copy of', async () => {
    around.near = { verdict: 'block', caseId: submission.apiKeyId, distance: 12 };
    expect(await moderate()).toMatchObject({
      verdict: 'block',
      tier: 'known',
      reasons: [{ kind: 'decision', caseId: submission.apiKeyId, distance: 12 }],
    });
    expect(how()).toEqual(['judge']);
    expect(around.recorded[0]?.content).toMatchObject({ pdq: hash.pdq, pdqQuality: 80 });
  });
});

describe('An upload for later', () => {
  it('is submitted, and not judged', async () => {
    expect(await around.story.accept(submission)).toEqual({
      id: submission.id,
      status: 'accepted',
      surface: 'default',
      reference: null,
      content: { sha256: submission.upload.sha256, mediaType: 'image/jpeg', width: 4, height: 3, bytes: 5 },
      final: false,
    });
    expect(how()).toEqual(['submit']);
  });

  it('is judged at once where a person has decided on these bytes', async () => {
    around.exact = { verdict: 'block', caseId: submission.apiKeyId, distance: 0 };
    await around.story.accept(submission);
    expect(around.recorded).toMatchObject([{ how: 'judge', what: { tier: 'known', verdict: 'block' } }]);
  });

  it('is judged at once where it is a near copy of a blocked picture', async () => {
    around.hasBlocks = true;
    around.near = { verdict: 'block', caseId: submission.apiKeyId, distance: 12 };
    await around.story.accept(submission);
    expect(around.recorded).toMatchObject([
      {
        how: 'judge',
        content: { pdq: hash.pdq, pdqQuality: 80 },
        what: { tier: 'known', verdict: 'block', reasons: [{ kind: 'decision', distance: 12 }] },
      },
    ]);
  });

  it('carries its hash to the worker where it is no copy of any block, and none where there is no block', async () => {
    await around.story.accept(submission);
    around.hasBlocks = true;
    await around.story.accept(submission);
    expect(around.recorded).toMatchObject([
      { how: 'submit', content: { pdq: null, pdqQuality: null } },
      { how: 'submit', content: { pdq: hash.pdq, pdqQuality: 80 } },
    ]);
  });

  it('is refused rather than taken unchecked when there is too much to do', async () => {
    around.hasBlocks = true;
    around.isFull = true;
    await expect(around.story.accept(submission)).rejects.toMatchObject({ code: 'overloaded' });
    expect(how()).toEqual([]);
  });

  it('fails when it could not be recorded', async () => {
    around.isBusAway = true;
    await expect(around.story.accept(submission)).rejects.toMatchObject({ code: 'bus_unavailable' });
  });
});

describe('An unknown surface', () => {
  it('is refused, and the default is always known', () => {
    expect(() => around.story.refuseUnknownSurface('billboard')).toThrow(
      expect.objectContaining({ code: 'invalid_request' }),
    );
    expect(() => around.story.refuseUnknownSurface('default')).not.toThrow();
  });
});
