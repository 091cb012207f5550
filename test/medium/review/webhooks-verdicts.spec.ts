import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { WebhookDeliveryEntity, WebhookEndpointEntity } from '#libs/database';
import type { Content, EventOn, Topic } from '#libs/domain';
import { newId } from '#libs/platform';
import { aContent } from '../../builders/content.builder.js';
import { aFastJudgement, aFlaggedEvent, aRescoredEvent } from '../../builders/event.builder.js';
import { eventually } from '../eventually.js';
import { TestReview } from './test-review.js';

interface ClaimedCase {
  case: { id: string; content: { id: string } };
  lease: { token: string };
}

describe('what webhooks are told of verdicts', () => {
  let review: TestReview;

  beforeAll(async () => {
    review = await TestReview.start();
  });
  beforeEach(async () => {
    await review.database.dataSource.query('DELETE FROM webhook_delivery');
    await review.database.dataSource.query('DELETE FROM webhook_endpoint');
  });
  afterAll(() => review.stop());

  /** Nothing is sent to it: its circuit breaker stands open. */
  const subscribe = async (): Promise<void> => {
    await review.database.dataSource.getRepository(WebhookEndpointEntity).insert({
      id: newId(),
      url: 'https://example.org/',
      eventTypes: ['content.verdict'],
      secret: Buffer.from('sealed'),
      openUntil: new Date(Date.now() + 3_600_000),
    });
  };
  const publish = <T extends Topic>(topic: T, event: EventOn<T>): Promise<void> =>
    review.bus.publish(topic, [event]);
  const told = async ({ id: contentId }: Content) => {
    const rows = await review.database.dataSource
      .getRepository(WebhookDeliveryEntity)
      .find({ where: { contentId }, order: { sequence: 'ASC' } });
    return rows.map(({ data }) => data);
  };
  const toldSoon = (content: Content, expected: unknown[]) =>
    eventually(async () => expect(await told(content)).toEqual(expected));
  const verdictOf = async ({ id }: Content): Promise<unknown> => {
    const [row]: unknown[] = await review.database.dataSource.query(
      'SELECT verdict, tier, final FROM content WHERE id = $1',
      [id],
    );
    return row;
  };

  const deep = (verdict: 'allow' | 'review' | 'block', key = 'deep:1') =>
    aFastJudgement({ key, tier: 'deep', verdict, reasons: [], at: new Date().toISOString() });
  const flagged = (content: Content) => publish('content.flagged', aFlaggedEvent({ content }));
  const rescored = (content: Content, verdict: 'allow' | 'review' | 'block') =>
    publish('content.rescored', aRescoredEvent(content, [aFastJudgement(), deep(verdict)]));
  const common = ({ id, reference, surface }: Content) => ({ contentId: id, reference, surface });

  it('is each change, and when it became final, once', async () => {
    await subscribe();
    const content = aContent({ reference: 'listing 17' });
    await flagged(content);
    const first = {
      ...common(content),
      verdict: 'review',
      tier: 'fast',
      final: false,
      policy: { name: 'default', version: 1 },
      reasons: [
        { kind: 'score', category: 'sexual/explicit', score: 0.6, threshold: 0.5, verdict: 'review' },
      ],
    };
    await toldSoon(content, [expect.objectContaining(first)]);
    await rescored(content, 'allow');
    const second = {
      ...common(content),
      verdict: 'allow',
      tier: 'deep',
      final: true,
      hold: false,
      reasons: [],
    };
    await toldSoon(content, [expect.objectContaining(first), expect.objectContaining(second)]);
    await flagged(content);
    await rescored(content, 'allow');
    const last = aContent();
    await flagged(last);
    await eventually(async () => expect(await told(last)).toHaveLength(1));
    expect(await told(content)).toHaveLength(2);
  });

  it('is nothing where nobody has subscribed', async () => {
    const content = aContent();
    await rescored(content, 'block');
    await eventually(async () =>
      expect(await verdictOf(content)).toMatchObject({ verdict: 'block', final: true }),
    );
    expect(await told(content)).toEqual([]);
  });

  it('is a person’s decision, also for others that show the same picture', async () => {
    const content = aContent();
    const copy = aContent({ sha256: content.sha256, reference: 'the same again' });
    for (const each of [content, copy]) {
      await rescored(each, 'review');
      await eventually(async () => expect(await verdictOf(each)).toMatchObject({ verdict: 'review' }));
    }
    await subscribe();
    const moderator = await review.signIn();
    const claimed = await review.send<ClaimedCase>('POST', '/v1/cases/claim', {
      headers: moderator.headers,
      body: {},
    });
    expect(claimed.status).toBe(200);
    const { case: held, lease } = claimed.body;
    const decided = await review.send('POST', `/v1/cases/${held.id}/decision`, {
      headers: moderator.headers,
      body: { leaseToken: lease.token, verdict: 'block', reason: 'sexual_explicit' },
    });
    expect(decided.status).toBe(200);
    const expected = {
      verdict: 'block',
      final: true,
      reasons: [{ kind: 'decision', caseId: held.id, distance: 0 }],
    };
    const tiers = [];
    for (const each of [content, copy]) {
      const [verdict, ...more] = await told(each);
      expect(verdict).toMatchObject({ ...common(each), ...expected });
      expect(more).toEqual([]);
      tiers.push(verdict!['tier']);
    }
    expect(tiers.sort()).toEqual(['human', 'known']);
  });
});
