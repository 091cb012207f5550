import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ContentEntity, ModerationCaseEntity, VerdictEntity } from '#libs/database';
import { type Content, defaultPolicyDocument, type Judgement, type Verdict } from '#libs/domain';
import type { Delivery } from '#libs/events';
import { Metrics } from '#libs/platform';
import { DecisionsRepository } from '../../../apps/review/src/cases/decisions.repository.js';
import type { LedgerEvent, LedgerTopic } from '../../../apps/review/src/ledger/ledger-entry.js';
import { LedgerRepository } from '../../../apps/review/src/ledger/ledger.repository.js';
import { LedgerService } from '../../../apps/review/src/ledger/ledger.service.js';
import { aContent } from '../../builders/content.builder.js';
import {
  aFastJudgement,
  aFlaggedEvent,
  aRescoredEvent,
  aSubmittedEvent,
} from '../../builders/event.builder.js';
import { aModerator } from '../../builders/moderator.builder.js';
import { createTestDatabase, type TestDatabase } from '../database.js';

const start = Date.parse('2026-03-01T12:00:00Z');
const later = (seconds: number): string => new Date(start + seconds * 1000).toISOString();

const aDeepJudgement = (verdict: Verdict, seconds: number, key = `deep:${seconds}`): Judgement =>
  aFastJudgement({
    key,
    tier: 'deep',
    verdict,
    at: later(seconds),
    models: [
      { name: 'nsfw-inception-v3', version: '1', tier: 'deep' },
      { name: 'efficientnet-lite0', version: '1', tier: 'deep' },
    ],
    classifications: [
      {
        model: { name: 'nsfw-inception-v3', version: '1', tier: 'deep' },
        scores: { 'sexual/explicit': 0.5 },
      },
      { model: { name: 'efficientnet-lite0', version: '1', tier: 'deep' }, scores: { 'goods/firearm': 0.1 } },
    ],
  });

const delivered = (events: LedgerEvent[]): Delivery<LedgerTopic>[] =>
  events.map((event) => ({ event, attempt: 1, isLastAttempt: false, acceptedAt: new Date() }));

interface Story {
  isSubmitted: boolean;
  fast: Verdict;
  deep: { verdict: Verdict; seconds: number }[];
  isAudit: boolean;
}

describe('the ledger', () => {
  let database: TestDatabase;
  let ledger: LedgerService;

  beforeAll(async () => {
    database = await createTestDatabase();
    ledger = new LedgerService(new LedgerRepository(database.dataSource), new Metrics());
  });
  afterAll(() => database.drop());

  const contentRow = (id: string): Promise<ContentEntity> =>
    database.dataSource.getRepository(ContentEntity).findOneByOrFail({ id });
  const caseOf = (contentId: string): Promise<ModerationCaseEntity | null> =>
    database.dataSource.getRepository(ModerationCaseEntity).findOneBy({ contentId });

  /** Everything that is recorded about a content, but for when it was written. */
  const recorded = async (id: string, within = database.dataSource): Promise<unknown> => {
    const rows: unknown[] = await within.query(
      `SELECT to_jsonb(content) - 'updated_at' AS content,
         (SELECT jsonb_agg(to_jsonb(v) - 'content_id' ORDER BY key) FROM verdict AS v WHERE content_id = $1)
           AS verdicts,
         (SELECT jsonb_agg(to_jsonb(classification) - 'content_id' ORDER BY model, version)
          FROM classification WHERE content_id = $1) AS classifications,
         (SELECT jsonb_agg(to_jsonb(moderation_case) - 'id' - 'created_at')
          FROM moderation_case WHERE content_id = $1) AS cases
       FROM content WHERE id = $1`,
      [id],
    );
    return rows[0];
  };

  it('holds the fast verdict, not final, while the deep tier has yet to look', async () => {
    const content = aContent();
    await ledger.record(delivered([aFlaggedEvent({ content })]));
    expect(await contentRow(content.id)).toMatchObject({ verdict: 'review', tier: 'fast', final: false });
    expect(await caseOf(content.id)).toBeNull();
  });

  it('knows no verdict for what was only submitted', async () => {
    const content = aContent();
    await ledger.record(delivered([aSubmittedEvent(content)]));
    expect(await contentRow(content.id)).toMatchObject({ verdict: null, tier: null, final: false });
  });

  it('is done when the deep tier settles it', async () => {
    const content = aContent();
    await ledger.record(delivered([aRescoredEvent(content, [aFastJudgement(), aDeepJudgement('allow', 1)])]));
    expect(await contentRow(content.id)).toMatchObject({ verdict: 'allow', tier: 'deep', final: true });
    expect(await caseOf(content.id)).toBeNull();
  });

  it('opens a case for what no model settles, in the queue of its worst category', async () => {
    const content = aContent();
    await ledger.record(
      delivered([aRescoredEvent(content, [aFastJudgement(), aDeepJudgement('review', 1)])]),
    );
    expect(await contentRow(content.id)).toMatchObject({ verdict: 'review', tier: 'deep', final: false });
    expect(await caseOf(content.id)).toMatchObject({ state: 'open', queue: 'sexual', auditPropensity: null });
  });

  it('opens a case for an audit sample that every model allows, with its propensity, among those in doubt', async () => {
    const content = aContent();
    const allowed = aFastJudgement({ verdict: 'allow', reasons: [] });
    await ledger.record(delivered([aRescoredEvent(content, [allowed], { propensity: 0.002 })]));
    expect(await contentRow(content.id)).toMatchObject({ verdict: 'allow', final: false });
    expect(await caseOf(content.id)).toMatchObject({ queue: 'sexual', auditPropensity: 0.002 });
  });

  it('keeps what each model saw apart', async () => {
    const content = aContent();
    await ledger.record(delivered([aRescoredEvent(content, [aFastJudgement(), aDeepJudgement('allow', 1)])]));
    const rows: unknown[] = await database.dataSource.query(
      'SELECT model, scores FROM classification WHERE content_id = $1 ORDER BY model',
      [content.id],
    );
    expect(rows).toEqual([
      { model: 'efficientnet-lite0', scores: { 'goods/firearm': 0.1 } },
      { model: 'nsfw-inception-v3', scores: { 'sexual/explicit': 0.5 } },
      { model: 'nsfw-mobilenet-v2', scores: { 'sexual/explicit': 0.6 } },
    ]);
  });

  it('ends in the same rows whatever the order, the repetitions and the batches in which events come', async () => {
    const verdict = fc.constantFrom<Verdict>('allow', 'review', 'block');
    const story: fc.Arbitrary<Story> = fc.record({
      isSubmitted: fc.boolean(),
      fast: verdict,
      deep: fc.array(fc.record({ verdict, seconds: fc.integer({ min: 1, max: 3 }) }), { maxLength: 2 }),
      isAudit: fc.boolean(),
    });
    const chaos = fc.record({
      picks: fc.array(fc.nat(), { maxLength: 6 }),
      batch: fc.integer({ min: 1, max: 4 }),
    });

    const eventsOf = (content: Content, { isSubmitted, fast, deep, isAudit }: Story): LedgerEvent[] => {
      const judgement = aFastJudgement({ verdict: fast, at: later(0) });
      const audit = isAudit ? { propensity: 0.5 } : null;
      const undecoded = { ...content, pdq: null, pdqQuality: null };
      return [
        ...(isSubmitted ? [aSubmittedEvent(undecoded)] : []),
        aFlaggedEvent({ content, fast: judgement, audit }),
        ...deep.map(({ verdict, seconds }, index) =>
          aRescoredEvent(content, [judgement, aDeepJudgement(verdict, seconds, `deep:${index}`)], audit),
        ),
      ];
    };
    const other = await createTestDatabase();
    const elsewhere = new LedgerService(new LedgerRepository(other.dataSource), new Metrics());
    try {
      await fc.assert(
        fc.asyncProperty(story, chaos, async (told, { picks, batch }) => {
          const content = aContent({
            pdq: 'ab'.repeat(32),
            pdqQuality: 90,
            receivedAt: later(0),
            audience: 500,
          });
          const events = eventsOf(content, told);
          for (const event of events) await ledger.record(delivered([event]));

          const rest = picks.map((pick) => events[pick % events.length]!);
          const sequence = [...rest, ...events.filter((event) => !rest.includes(event)).reverse()];
          for (let from = 0; from < sequence.length; from += batch)
            await elsewhere.record(delivered(sequence.slice(from, from + batch)));
          expect(await recorded(content.id, other.dataSource)).toEqual(await recorded(content.id));
        }),
        { numRuns: 40 },
      );
    } finally {
      await other.drop();
    }
  });

  it('loses nothing when several writers record overlapping batches at once', async () => {
    const contents = Array.from({ length: 40 }, () => aContent());
    const flagged = contents.map((content) => aFlaggedEvent({ content }));
    const rescored = contents.map((content) =>
      aRescoredEvent(content, [flagged[0]!.data.fast, aDeepJudgement('review', 1)]),
    );
    const outcomes = await Promise.all(
      [flagged, [...flagged].reverse(), rescored, [...rescored].reverse()].map((events) =>
        ledger.record(delivered(events)),
      ),
    );
    expect(new Set(outcomes.flat().map(({ kind }) => kind))).toEqual(new Set(['done']));
    for (const { id } of contents) {
      expect(await contentRow(id)).toMatchObject({ verdict: 'review', tier: 'deep', final: false });
      expect(await caseOf(id)).not.toBeNull();
    }
  });

  it('sets an event aside that cannot be stored, and records the others of its batch', async () => {
    const good = [aContent(), aContent()];
    const bad = aContent({ reference: 'a\0b' });
    const outcomes = await ledger.record(
      delivered([good[0]!, bad, good[1]!].map((content) => aFlaggedEvent({ content }))),
    );
    expect(outcomes.map(({ kind }) => kind)).toEqual(['done', 'dead', 'done']);
    await Promise.all(good.map(({ id }) => contentRow(id)));
  });

  it('asks for the events again when the database is away', async () => {
    const away = await createTestDatabase();
    const cutOff = new LedgerService(new LedgerRepository(away.dataSource), new Metrics());
    await away.drop();
    const outcomes = await cutOff.record(delivered([aFlaggedEvent(), aFlaggedEvent()]));
    expect(outcomes.map(({ kind }) => kind)).toEqual(['retry', 'retry']);
  });

  it('never lets a late model overrule a person', async () => {
    const content = aContent();
    await ledger.record(
      delivered([aRescoredEvent(content, [aFastJudgement(), aDeepJudgement('review', 1)])]),
    );
    const moderator = await aModerator(database.dataSource);
    const { id: caseId } = (await caseOf(content.id))!;
    const token = randomUUID();
    await database.dataSource.query(
      `UPDATE moderation_case SET state = 'leased', lease_token = $2, lease_holder_id = $3,
         lease_expires_at = now() + interval '1 minute' WHERE id = $1`,
      [caseId, token, moderator.id],
    );
    await new DecisionsRepository(database.dataSource).decide(
      caseId,
      { token, holderId: moderator.id },
      { verdict: 'allow', reason: 'fine', note: null },
      { name: 'default', version: 1, document: defaultPolicyDocument },
    );
    const lateEvent = aRescoredEvent(content, [
      aFastJudgement(),
      aDeepJudgement('block', 9_999_999, 'deep:late'),
    ]);
    await ledger.record(delivered([lateEvent]));
    expect(await contentRow(content.id)).toMatchObject({ verdict: 'allow', tier: 'human', final: true });
    const verdicts = await database.dataSource.getRepository(VerdictEntity).findBy({ contentId: content.id });
    expect(verdicts).toHaveLength(4);
  });

  it.each(['verdict', 'decision'])('refuses to change or delete a row of %s', async (table) => {
    for (const statement of [
      `UPDATE ${table} SET verdict = CASE verdict WHEN 'allow' THEN 'block' ELSE 'allow' END`,
      `DELETE FROM ${table}`,
      `TRUNCATE ${table} CASCADE`,
    ])
      await expect(database.dataSource.query(statement)).rejects.toThrow('append-only');
  });
});
