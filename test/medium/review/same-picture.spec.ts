import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ContentEntity, ModerationCaseEntity, VerdictEntity } from '#libs/database';
import { type Content, defaultPolicyDocument, type HumanVerdict, type Policy } from '#libs/domain';
import { Metrics } from '#libs/platform';
import { DecisionsRepository } from '../../../apps/review/src/cases/decisions.repository.js';
import { LeasesRepository } from '../../../apps/review/src/cases/leases.repository.js';
import { LedgerRepository } from '../../../apps/review/src/ledger/ledger.repository.js';
import { LedgerService } from '../../../apps/review/src/ledger/ledger.service.js';
import { aCase, type StoredCase } from '../../builders/case.builder.js';
import { aContent } from '../../builders/content.builder.js';
import { aFastJudgement, aRescoredEvent } from '../../builders/event.builder.js';
import { aModerator } from '../../builders/moderator.builder.js';
import { createTestDatabase, type TestDatabase } from '../database.js';

const policyOf = (version: number): Policy => ({
  name: 'default',
  version,
  document: { ...defaultPolicyDocument, humanAllowDays: 10 },
});
/** the one that the builders' judgements stand on */
const judgedUnder = policyOf(aFastJudgement().policy.version);
const another = policyOf(judgedUnder.version + 1);

describe('the same picture', () => {
  let database: TestDatabase;
  let decisions: DecisionsRepository;
  let leases: LeasesRepository;
  let ledger: LedgerService;
  let kim: { id: string };
  let lee: { id: string };
  let sha256: string;

  beforeAll(async () => {
    database = await createTestDatabase({ poolSize: 20 });
    decisions = new DecisionsRepository(database.dataSource);
    leases = new LeasesRepository(database.dataSource);
    ledger = new LedgerService(new LedgerRepository(database.dataSource), new Metrics());
    kim = await aModerator(database.dataSource);
    lee = await aModerator(database.dataSource);
  });
  afterAll(() => database.drop());
  beforeEach(() => {
    sha256 = aContent().sha256;
  });

  const heldByKim = () => aCase().about({ sha256 }).leasedBy(kim).store(database.dataSource);
  const open = () => aCase().about({ sha256 }).store(database.dataSource);
  const decide = async (
    { id, leaseToken }: StoredCase,
    verdict: HumanVerdict = 'block',
    policy = judgedUnder,
  ): Promise<void> => {
    const bearer = { token: leaseToken, holderId: kim.id };
    expect(
      await decisions.decide(id, bearer, { verdict, reason: 'looked', note: null }, policy),
    ).toMatchObject({ ok: true });
  };
  const caseOf = (content: Content) =>
    database.dataSource.getRepository(ModerationCaseEntity).findOneBy({ contentId: content.id });
  const contentRow = ({ id }: Content) =>
    database.dataSource.getRepository(ContentEntity).findOneByOrFail({ id });
  const inherited = async ({ id }: Content) =>
    (await database.dataSource.getRepository(VerdictEntity).findBy({ contentId: id })).filter(
      ({ tier }) => tier === 'known',
    );
  const doubt = (audit: { propensity: number } | null = null) => {
    const content = aContent({ sha256 });
    const deep = aFastJudgement({ key: `deep:${randomUUID()}`, tier: 'deep', verdict: 'review' });
    return { content, event: aRescoredEvent(content, [aFastJudgement(), deep], audit) };
  };
  const record = async (...events: ReturnType<typeof aRescoredEvent>[]): Promise<void> => {
    const acceptedAt = new Date();
    const outcomes = await ledger.record(
      events.map((event) => ({ event, attempt: 1, isLastAttempt: false, acceptedAt })),
    );
    expect(outcomes.every(({ kind }) => kind === 'done')).toBe(true);
  };

  it.each(['allow', 'block'] as const)('settles every waiting case with one %s', async (verdict) => {
    const held = await heldByKim();
    const waiting = [await open(), await open()];
    const doubted = doubt();
    await record(doubted.event);
    await decide(held, verdict);
    for (const { content } of waiting)
      expect(await caseOf(content)).toMatchObject({ state: 'decided', decidedAt: expect.any(Date) });
    expect(await caseOf(doubted.content)).toBeNull();
    for (const content of [...waiting.map((each) => each.content), doubted.content]) {
      expect(await contentRow(content)).toMatchObject({ verdict, tier: 'known', final: true });
      expect(await inherited(content)).toMatchObject([
        { verdict, reasons: [{ kind: 'decision', caseId: held.id, distance: 0 }] },
      ]);
    }
  });

  it('leaves other pictures alone', async () => {
    const other = await aCase().store(database.dataSource);
    await decide(await heldByKim());
    expect(await caseOf(other.content)).toMatchObject({ state: 'open' });
  });

  it('leaves a case to its holder, and settles it when it is given back', async () => {
    const held = await heldByKim();
    const lees = await aCase().about({ sha256 }).leasedBy(lee).store(database.dataSource);
    await decide(held);
    expect(await caseOf(lees.content)).toMatchObject({ state: 'leased', leaseToken: lees.leaseToken });
    expect(await contentRow(lees.content)).toMatchObject({ final: false });
    await leases.release(lees.id, { token: lees.leaseToken, holderId: lee.id });
    expect(await caseOf(lees.content)).toMatchObject({ state: 'decided', leaseToken: null });
    expect(await contentRow(lees.content)).toMatchObject({ verdict: 'block', tier: 'known', final: true });
  });

  it('leaves a decided case that was disputed to a senior, whatever somebody concludes elsewhere', async () => {
    const disputed = await heldByKim();
    const sample = await aCase().about({ sha256 }).asAuditSample().leasedBy(kim).store(database.dataSource);
    await decide(disputed);
    await database.dataSource.query(
      `UPDATE moderation_case SET state = 'escalated', stage = 'escalated', decided_at = NULL WHERE id = $1`,
      [disputed.id],
    );
    await decide(sample, 'allow');
    expect(await caseOf(disputed.content)).toMatchObject({ state: 'escalated' });
    expect(await contentRow(disputed.content)).toMatchObject({ verdict: 'block', final: false });
  });

  it('settles a case whose lease has run out', async () => {
    const held = await heldByKim();
    const stale = await aCase().about({ sha256 }).withExpiredLeaseOf(lee).store(database.dataSource);
    await decide(held);
    expect(await caseOf(stale.content)).toMatchObject({ state: 'decided', leaseToken: null });
  });

  it('inherits a block under every policy version, and an allow under its own only', async () => {
    const first = await heldByKim();
    const second = await heldByKim();
    const waiting = await open();
    await decide(first, 'allow', another);
    const late = doubt();
    await record(late.event);
    expect(await caseOf(waiting.content)).toMatchObject({ state: 'open' });
    for (const { content } of [waiting, late])
      expect(await contentRow(content)).toMatchObject({ verdict: 'review', final: false });
    await decide(second, 'block', another);
    expect(await caseOf(waiting.content)).toMatchObject({ state: 'decided' });
    for (const { content } of [waiting, late])
      expect(await contentRow(content)).toMatchObject({ verdict: 'block', tier: 'known', final: true });
  });

  it('gets no case when doubt about it comes after the decision, however often it is told', async () => {
    const held = await heldByKim();
    await decide(held, 'allow');
    const { content, event } = doubt();
    await record(event, event);
    const before = await contentRow(content);
    expect(before).toMatchObject({ verdict: 'allow', tier: 'known', final: true });
    await database.dataSource.query(`UPDATE known_content SET expires_at = '2000-01-01' WHERE case_id = $1`, [
      held.id,
    ]);
    await record(event);
    expect(await caseOf(content)).toBeNull();
    expect(await contentRow(content)).toEqual({ ...before, updatedAt: expect.any(Date) });
    expect(await inherited(content)).toHaveLength(1);
  });

  it('gets a case again when its allow has expired', async () => {
    const held = await heldByKim();
    await decide(held, 'allow');
    await database.dataSource.query(`UPDATE known_content SET expires_at = '2000-01-01' WHERE case_id = $1`, [
      held.id,
    ]);
    const { content, event } = doubt();
    await record(event);
    expect(await caseOf(content)).toMatchObject({ state: 'open' });
    expect(await inherited(content)).toEqual([]);
  });

  it('stays an audit sample, before and after the decision', async () => {
    const held = await heldByKim();
    const samples = [doubt({ propensity: 0.01 }), doubt({ propensity: 0.01 })] as const;
    await record(samples[0].event);
    await decide(held);
    await record(samples[1].event);
    for (const { content } of samples) {
      expect(await caseOf(content)).toMatchObject({ state: 'open', auditPropensity: 0.01 });
      expect(await inherited(content)).toEqual([]);
    }
  });

  it('leaves no case open when the decision and the doubts come at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      sha256 = aContent().sha256;
      const held = await heldByKim();
      const waiting = await Promise.all([open(), open(), open()]);
      const doubts = Array.from({ length: 12 }, () => doubt());
      const events = doubts.map(({ event }) => event);
      await Promise.all([
        record(...events.slice(0, 6)),
        record(...events.slice(3, 9).reverse()),
        decide(held),
        record(...events.slice(6)),
      ]);
      for (const { content } of [...waiting, ...doubts]) {
        expect((await caseOf(content))?.state ?? 'decided').toBe('decided');
        expect(await contentRow(content)).toMatchObject({ verdict: 'block', tier: 'known', final: true });
      }
    }
  });
});
