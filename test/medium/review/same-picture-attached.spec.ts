import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  CaseContentEntity,
  ContentEntity,
  ModerationCaseEntity,
  VerdictEntity,
  WebhookDeliveryEntity,
} from '#libs/database';
import { type Content, defaultPolicyDocument, type HumanVerdict } from '#libs/domain';
import { Metrics } from '#libs/platform';
import { DecisionsRepository } from '../../../apps/review/src/cases/decisions.repository.js';
import { LedgerRepository } from '../../../apps/review/src/ledger/ledger.repository.js';
import { LedgerService } from '../../../apps/review/src/ledger/ledger.service.js';
import { aContent } from '../../builders/content.builder.js';
import { aFastJudgement, aRescoredEvent } from '../../builders/event.builder.js';
import { aModerator } from '../../builders/moderator.builder.js';
import { createTestDatabase, type TestDatabase } from '../database.js';

type Event = ReturnType<typeof aRescoredEvent>;

describe('a picture that is sent again while its case waits', () => {
  let database: TestDatabase;
  let ledger: LedgerService;
  let kim: { id: string };
  let sha256: string;

  beforeAll(async () => {
    database = await createTestDatabase({ poolSize: 20 });
    ledger = new LedgerService(new LedgerRepository(database.dataSource), new Metrics());
    kim = await aModerator(database.dataSource);
  });
  afterAll(() => database.drop());
  beforeEach(() => {
    sha256 = aContent().sha256;
  });

  const doubt = (facts: Partial<Content> = {}, audit: { propensity: number } | null = null) => {
    const content = aContent({ sha256, ...facts });
    const deep = aFastJudgement({ key: `deep:${randomUUID()}`, tier: 'deep' });
    return { content, event: aRescoredEvent(content, [aFastJudgement(), deep], audit) };
  };
  const record = async (...events: Event[]): Promise<void> => {
    const acceptedAt = new Date();
    const outcomes = await ledger.record(
      events.map((event) => ({ event, attempt: 1, isLastAttempt: false, acceptedAt })),
    );
    expect(outcomes.map(({ kind }) => kind)).toEqual(events.map(() => 'done'));
  };
  const recorded = async (facts?: Partial<Content>, audit?: { propensity: number }): Promise<Content> => {
    const { content, event } = doubt(facts, audit);
    await record(event);
    return content;
  };
  const casesOfPicture = (): Promise<ModerationCaseEntity[]> =>
    database.dataSource
      .getRepository(ModerationCaseEntity)
      .createQueryBuilder('c')
      .innerJoin(ContentEntity, 'content', 'content.id = c.contentId')
      .where('content.sha256 = :sha256', { sha256: Buffer.from(sha256, 'hex') })
      .orderBy('c.createdAt')
      .getMany();
  const theCase = async (): Promise<ModerationCaseEntity> => {
    const cases = await casesOfPicture();
    expect(cases).toHaveLength(1);
    return cases[0]!;
  };
  const caseOf = (content: Content) =>
    database.dataSource.getRepository(ModerationCaseEntity).findOneBy({ contentId: content.id });
  const contentRow = ({ id }: Content) =>
    database.dataSource.getRepository(ContentEntity).findOneByOrFail({ id });
  const attachedTo = async (caseId: string): Promise<string[]> =>
    (await database.dataSource.getRepository(CaseContentEntity).findBy({ caseId })).map(
      ({ contentId }) => contentId,
    );
  const set = (id: string, facts: Partial<ModerationCaseEntity>) =>
    database.dataSource.getRepository(ModerationCaseEntity).update(id, facts);
  const lease = async (id: string, seconds = 600): Promise<{ token: string; holderId: string }> => {
    const token = randomUUID();
    const leaseExpiresAt = new Date(Date.now() + seconds * 1000);
    await set(id, { state: 'leased', leaseToken: token, leaseHolderId: kim.id, leaseExpiresAt });
    return { token, holderId: kim.id };
  };
  const decide = async (id: string, bearer: { token: string; holderId: string }, verdict: HumanVerdict) =>
    expect(
      await new DecisionsRepository(database.dataSource).decide(
        id,
        bearer,
        { verdict, reason: 'looked', note: null },
        { name: 'default', version: 9, document: defaultPolicyDocument },
      ),
    ).toMatchObject({ ok: true });

  it('waits for that case, and is not final', async () => {
    const first = await recorded();
    const second = await recorded({ surface: 'avatar' });
    const { id, contentId } = await theCase();
    expect(contentId).toBe(first.id);
    expect(await attachedTo(id)).toEqual([second.id]);
    for (const content of [first, second])
      expect(await contentRow(content)).toMatchObject({ verdict: 'review', final: false });
  });

  it.each(['allow', 'block'] as const)(
    'has the %s that a person gives it, whatever policy it was judged under',
    async (verdict) => {
      const first = await recorded();
      const others = [await recorded(), await recorded()];
      const { id } = await theCase();
      await decide(id, await lease(id), verdict);
      expect(await contentRow(first)).toMatchObject({ verdict, tier: 'human', final: true });
      for (const other of others) {
        expect(await contentRow(other)).toMatchObject({ verdict, tier: 'known', final: true });
        expect(
          await database.dataSource
            .getRepository(VerdictEntity)
            .findBy({ contentId: other.id, tier: 'known' }),
        ).toMatchObject([{ verdict, reasons: [{ kind: 'decision', caseId: id, distance: 0 }] }]);
      }
    },
  );

  it('is not final before the case is decided, though a model allows it meanwhile', async () => {
    await recorded();
    const { content, event } = doubt();
    const allowed = aFastJudgement({
      key: `deep:${randomUUID()}`,
      tier: 'deep',
      verdict: 'allow',
      reasons: [],
      at: new Date(Date.now() + 60_000).toISOString(),
    });
    await record(event);
    await record(aRescoredEvent(content, [allowed]));
    expect(await contentRow(content)).toMatchObject({ verdict: 'allow', settled: true, final: false });
  });

  it('makes the case as urgent as it is itself, but never less', async () => {
    await recorded();
    const before = await theCase();
    await recorded({ receivedAt: new Date(Date.now() + 60_000).toISOString() });
    expect((await theCase()).dueAt).toEqual(before.dueAt);
    await recorded({ audience: 5_000_000 });
    expect((await theCase()).dueAt.getTime()).toBeLessThan(before.dueAt.getTime() - 3_600_000);
  });

  it('brings its own promise with it', async () => {
    await recorded();
    const early = new Date(Date.now() - 3_600_000);
    await database.dataSource.query(`UPDATE queue SET sla_seconds = 7200 WHERE name = 'sexual'`);
    try {
      await recorded({ receivedAt: early.toISOString() });
    } finally {
      await database.dataSource.query(`UPDATE queue SET sla_seconds = NULL WHERE name = 'sexual'`);
    }
    expect((await theCase()).slaAt).toEqual(new Date(early.getTime() + 7_200_000));
  });

  it('has one case with the others of its batch: that of whichever was received first', async () => {
    const later = doubt({ receivedAt: '2026-03-01T12:00:01Z' });
    const first = doubt({ receivedAt: '2026-03-01T12:00:00.5Z' });
    const last = doubt({ receivedAt: '2026-03-01T13:00:00+01:00' });
    await record(later.event, first.event, last.event);
    const { id, contentId } = await theCase();
    expect(contentId).toBe(last.content.id);
    expect((await attachedTo(id)).sort()).toEqual([first.content.id, later.content.id].sort());
  });

  it('has one case however many arrive at once, in however many batches', async () => {
    for (let round = 0; round < 10; round += 1) {
      sha256 = aContent().sha256;
      const doubts = Array.from({ length: 12 }, () => doubt());
      const events = doubts.map(({ event }) => event);
      await Promise.all([
        record(...events.slice(0, 6)),
        record(...events.slice(3, 9).reverse()),
        ...events.slice(6).map((event) => record(event)),
      ]);
      const { id } = await theCase();
      expect(await attachedTo(id)).toHaveLength(11);
    }
  });

  it('changes nothing when it is told again, neither while the case waits nor after the decision', async () => {
    await recorded();
    const { content, event } = doubt();
    await record(event, event);
    await record(event);
    const { id } = await theCase();
    expect(await attachedTo(id)).toEqual([content.id]);
    await decide(id, await lease(id), 'allow');
    const before = await contentRow(content);
    await record(event);
    expect(await contentRow(content)).toEqual({ ...before, updatedAt: expect.any(Date) });
    await theCase();
  });

  it('waits for a case that somebody holds, without taking it from them', async () => {
    await recorded();
    const { id } = await theCase();
    const bearer = await lease(id);
    const second = await recorded({ audience: 1_000_000 });
    expect(await theCase()).toMatchObject({ state: 'leased', leaseToken: bearer.token });
    await decide(id, bearer, 'block');
    expect(await contentRow(second)).toMatchObject({ verdict: 'block', final: true });
  });

  it('waits for an escalated case too', async () => {
    await recorded();
    await set((await theCase()).id, { state: 'escalated', stage: 'escalated', queue: 'senior' });
    const second = await recorded();
    expect(await attachedTo((await theCase()).id)).toEqual([second.id]);
    expect(await theCase()).toMatchObject({ queue: 'senior', state: 'escalated' });
  });

  it('stays final, whatever comes again, while the case that it waited for is appealed', async () => {
    await recorded();
    const { content, event } = doubt();
    await record(event);
    const { id } = await theCase();
    await decide(id, await lease(id), 'block');
    await set(id, { state: 'appealed', stage: 'appealed', decidedAt: null });
    await record(event);
    expect(await contentRow(content)).toMatchObject({ verdict: 'block', tier: 'known', final: true });
    await lease(id);
    await record(event);
    expect(await contentRow(content)).toMatchObject({ verdict: 'block', final: true });
  });

  it('has a case of its own beside an appeal, which is about one content', async () => {
    await recorded();
    await set((await theCase()).id, { state: 'appealed', stage: 'appealed' });
    const second = await recorded();
    expect(await caseOf(second)).toMatchObject({ state: 'open' });
    expect(await casesOfPicture()).toHaveLength(2);
  });

  it('does not wait for an audit sample, and as one waits for nobody', async () => {
    const sample = await recorded({}, { propensity: 0.5 });
    const doubted = await recorded();
    const again = await recorded({}, { propensity: 0.5 });
    for (const content of [sample, again])
      expect(await caseOf(content)).toMatchObject({ state: 'open', auditPropensity: 0.5 });
    expect(await caseOf(doubted)).toMatchObject({ state: 'open', auditPropensity: null });
    const { id } = (await caseOf(doubted))!;
    const third = await recorded();
    expect(await attachedTo(id)).toEqual([third.id]);
  });

  it('gets a case of its own when chance picks it for an audit afterwards, and is final after both', async () => {
    await recorded();
    const { content } = doubt();
    await record(aRescoredEvent(content, [aFastJudgement()]));
    const shared = await theCase();
    await record(aRescoredEvent(content, [aFastJudgement()], { propensity: 0.5 }));
    const own = (await caseOf(content))!;
    expect(own).toMatchObject({ state: 'open', auditPropensity: 0.5 });
    await decide(shared.id, await lease(shared.id), 'block');
    expect(await contentRow(content)).toMatchObject({ verdict: 'block', tier: 'known', final: false });
    await decide(own.id, await lease(own.id), 'allow');
    expect(await contentRow(content)).toMatchObject({ verdict: 'allow', tier: 'human', final: true });
  });

  it('is told of as waiting, like the first', async () => {
    const endpoint = randomUUID();
    await database.dataSource.query(
      `INSERT INTO webhook_endpoint (id, url, event_types, secret) VALUES ($1, 'https://example.org/', '{case.opened}', '\\x00')`,
      [endpoint],
    );
    const contents = [await recorded({ reference: 'one' }), await recorded({ reference: 'two' })];
    const { id: caseId } = await theCase();
    const told = await database.dataSource
      .getRepository(WebhookDeliveryEntity)
      .findBy({ endpointId: endpoint });
    expect(told.map(({ contentId, data }) => ({ contentId, data }))).toEqual(
      contents.map(({ id, reference }) => ({
        contentId: id,
        data: { caseId, contentId: id, reference, surface: 'default' },
      })),
    );
  });
});
