import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CaseExclusionEntity, CaseNoteEntity, ModerationCaseEntity } from '#libs/database';
import type { CaseStage } from '#libs/domain';
import type { CaseViewRow } from '../../../apps/review/src/cases/case-view.js';
import { LeasesRepository } from '../../../apps/review/src/cases/leases.repository.js';
import type { Bearer } from '../../../apps/review/src/cases/locked-case.queries.js';
import { aCase, type StoredCase } from '../../builders/case.builder.js';
import { aModerator } from '../../builders/moderator.builder.js';
import { createTestDatabase, type TestDatabase } from '../database.js';

const minute = 60;

describe('leases', () => {
  let database: TestDatabase;
  let leases: LeasesRepository;
  let kim: { id: string };
  let lee: { id: string };

  beforeAll(async () => {
    database = await createTestDatabase({ poolSize: 50 });
    leases = new LeasesRepository(database.dataSource);
    kim = await aModerator(database.dataSource);
    lee = await aModerator(database.dataSource);
  });
  afterAll(() => database.drop());
  beforeEach(async () => {
    for (const table of ['case_note', 'case_exclusion', 'moderation_case'])
      await database.dataSource.query(`DELETE FROM ${table}`);
  });

  /** the most urgent case, as it comes from the claim */
  const claim = async (
    { id: holderId }: { id: string },
    queues = ['sexual', 'goods'],
    stages: CaseStage[] = ['open', 'appealed'],
  ): Promise<CaseViewRow | undefined> =>
    (await leases.claim({ holderId, queues, stages, count: 1, seconds: minute }))[0];

  const row = (id: string): Promise<ModerationCaseEntity> =>
    database.dataSource.getRepository(ModerationCaseEntity).findOneByOrFail({ id });

  it('gives each of 200 cases to one of 50 claimants at once, and to nobody else', async () => {
    const cases = await Promise.all(Array.from({ length: 200 }, () => aCase().store(database.dataSource)));
    const claimUntilEmpty = async (): Promise<string[]> => {
      const mine: string[] = [];
      for (;;) {
        const claimed = await claim(kim);
        if (!claimed) return mine;
        mine.push(claimed.id);
      }
    };
    const claimed = (await Promise.all(Array.from({ length: 50 }, claimUntilEmpty))).flat();
    expect(claimed.sort()).toEqual(cases.map(({ id }) => id).sort());
  });

  it('gives the most urgent case first', async () => {
    const { dataSource } = database;
    const later = await aCase().dueAt('2026-01-02T00:00:00Z').store(dataSource);
    const sooner = await aCase().dueAt('2026-01-01T00:00:00Z').store(dataSource);
    const order = [await claim(kim), await claim(kim)];
    expect(order.map((lease) => lease?.id)).toEqual([sooner.id, later.id]);
  });

  it('gives only cases of the queue that was asked for', async () => {
    await aCase().in('sexual').store(database.dataSource);
    const wanted = await aCase().in('goods').dueAt('2027-01-01T00:00:00Z').store(database.dataSource);
    expect((await claim(kim, ['goods']))?.id).toBe(wanted.id);
    expect(await claim(kim, ['goods'])).toBeUndefined();
  });

  it('gives a case whose lease has run out to the next, under a new token', async () => {
    const stale = await aCase().withExpiredLeaseOf(kim).store(database.dataSource);
    const claimed = await claim(lee);
    expect(claimed?.id).toBe(stale.id);
    expect(claimed?.leaseToken).not.toBe(stale.leaseToken);
    const late = await leases.renew(kim.id, [{ caseId: stale.id, token: stale.leaseToken }], minute);
    expect(late).toEqual([]);
    expect(await row(stale.id)).toMatchObject({ leaseHolderId: lee.id, leaseToken: claimed?.leaseToken });
  });

  it('leaves a case alone that somebody holds', async () => {
    await aCase().leasedBy(kim).store(database.dataSource);
    expect(await claim(lee)).toBeUndefined();
  });

  it('prolongs a lease for its holder', async () => {
    const held = await aCase().leasedBy(kim, { seconds: 5 }).store(database.dataSource);
    const before = (await row(held.id)).leaseExpiresAt!;
    const lease = { caseId: held.id, token: held.leaseToken };
    const renewed = await leases.renew(kim.id, [lease], minute);
    expect(renewed).toEqual([{ ...lease, expiresAt: (await row(held.id)).leaseExpiresAt }]);
    expect((await row(held.id)).leaseExpiresAt!.getTime()).toBeGreaterThan(before.getTime());
  });

  it('opens a released case to everybody', async () => {
    const held = await aCase().leasedBy(kim).store(database.dataSource);
    const bearer = { token: held.leaseToken, holderId: kim.id };
    expect(await leases.release(held.id, bearer)).toMatchObject({ ok: true });
    expect(await leases.release(held.id, bearer)).toEqual({ ok: false, code: 'lease_lost' });
    expect((await claim(lee))?.id).toBe(held.id);
  });

  it.each<[string, (caseId: string, bearer: Bearer) => Promise<{ ok: boolean }>]>([
    ['releasing', (caseId, bearer) => leases.release(caseId, bearer)],
    ['skipping', (caseId, bearer) => leases.skip(caseId, bearer, 'not mine')],
    ['escalating', (caseId, bearer) => leases.escalate(caseId, bearer, 'look')],
  ])('refuses %s by anybody but the holder with the token', async (_, step) => {
    const held = await aCase().leasedBy(kim).store(database.dataSource);
    const expired = await aCase().withExpiredLeaseOf(kim).store(database.dataSource);
    const lost = { ok: false, code: 'lease_lost' };
    expect(await step(held.id, { token: held.leaseToken, holderId: lee.id })).toEqual(lost);
    expect(await step(held.id, { token: randomUUID(), holderId: kim.id })).toEqual(lost);
    expect(await step(expired.id, { token: expired.leaseToken, holderId: kim.id })).toEqual(lost);
    const nowhere = await step(randomUUID(), { token: held.leaseToken, holderId: kim.id });
    expect(nowhere).toEqual({ ok: false, code: 'not_found' });
    expect(await row(held.id)).toMatchObject({ leaseHolderId: kim.id, leaseToken: held.leaseToken });
    expect(await database.dataSource.getRepository(CaseExclusionEntity).count()).toBe(0);
  });

  it('renews only what its holder has, each lease by itself', async () => {
    const held = await aCase().leasedBy(kim, { seconds: 5 }).store(database.dataSource);
    const expired = await aCase().withExpiredLeaseOf(kim).store(database.dataSource);
    const another = await aCase().leasedBy(lee).store(database.dataSource);
    const all = [held, expired, another].map(({ id, leaseToken }) => ({ caseId: id, token: leaseToken }));
    const wrong = { caseId: held.id, token: randomUUID() };
    const renewed = await leases.renew(kim.id, [...all, wrong, ...all], minute);
    expect(renewed.map(({ caseId }) => caseId)).toEqual([held.id]);
  });

  it('gives many at once, the most urgent first, over all queues', async () => {
    const { dataSource } = database;
    const cases: StoredCase[] = [];
    for (const [at, queue] of ['goods', 'sexual', 'goods', 'spam', 'sexual'].entries())
      cases.push(
        await aCase()
          .in(queue)
          .dueAt(`2026-01-0${at + 1}T00:00:00Z`)
          .store(dataSource),
      );
    const many = (count: number) =>
      leases.claim({
        holderId: kim.id,
        queues: ['sexual', 'goods'],
        stages: ['open'],
        count,
        seconds: minute,
      });
    const first = await many(3);
    expect(first.map(({ id }) => id)).toEqual([0, 1, 2].map((at) => cases[at]!.id));
    expect(new Set(first.map(({ leaseToken }) => leaseToken)).size).toBe(3);
    expect((await many(3)).map(({ id }) => id)).toEqual([cases[4]!.id]);
  });

  it('gives a case with its lease, as it is then', async () => {
    await aCase().store(database.dataSource);
    const claimed = await claim(kim);
    const { state, leaseHolderId, leaseToken, leaseExpiresAt } = await row(claimed!.id);
    expect(claimed).toMatchObject({ state, leaseHolderId, leaseToken, leaseExpiresAt, verdict: 'review' });
    expect(state).toBe('leased');
  });

  it('gives nothing where no queue is claimable', async () => {
    await aCase().store(database.dataSource);
    expect(await claim(kim, [])).toBeUndefined();
  });

  it('gives what was escalated only to those who may have it, wherever it waits', async () => {
    const escalated = await aCase().in('sexual').waitingAs('escalated').store(database.dataSource);
    expect(await claim(kim)).toBeUndefined();
    expect((await claim(kim, ['sexual'], ['escalated']))?.id).toBe(escalated.id);
    await database.dataSource.query(
      `UPDATE moderation_case SET lease_expires_at = now() - interval '1 second'`,
    );
    expect(await claim(lee)).toBeUndefined();
    expect((await claim(lee, ['sexual'], ['escalated']))?.id).toBe(escalated.id);
  });

  it('gives a skipped case to others only, with the reason', async () => {
    const held = await aCase().leasedBy(kim).store(database.dataSource);
    const bearer = { token: held.leaseToken, holderId: kim.id };
    expect(await leases.skip(held.id, bearer, 'I know the person')).toMatchObject({ ok: true });
    expect(await row(held.id)).toMatchObject({ state: 'open', leaseToken: null });
    expect(await claim(kim)).toBeUndefined();
    expect(await claim(lee)).toMatchObject({
      id: held.id,
      notes: [{ moderatorId: kim.id, kind: 'skipped', text: 'I know the person' }],
    });
  });

  it('moves an escalated case to the seniors’ queue, with the note, and not back to who escalated it', async () => {
    const held = await aCase().leasedBy(kim).store(database.dataSource);
    await leases.escalate(held.id, { token: held.leaseToken, holderId: kim.id }, 'a minor?');
    expect(await row(held.id)).toMatchObject({ state: 'escalated', stage: 'escalated', queue: 'senior' });
    expect(await claim(kim, ['senior'], ['escalated'])).toBeUndefined();
    expect(await claim(lee, ['senior'], ['escalated'])).toMatchObject({
      id: held.id,
      notes: [{ kind: 'escalated', text: 'a minor?' }],
    });
    expect(await database.dataSource.getRepository(CaseNoteEntity).count()).toBe(1);
    expect(await actsOn(held.id)).toEqual(['case.escalated']);
  });

  it('leaves an appeal an appeal when it is escalated', async () => {
    const held = await aCase().waitingAs('appealed').store(database.dataSource);
    const { leaseToken } = (await claim(kim))!;
    await leases.escalate(held.id, { token: leaseToken!, holderId: kim.id }, undefined);
    expect(await row(held.id)).toMatchObject({ state: 'appealed', stage: 'appealed', queue: 'senior' });
  });

  it('returns a case to what it waited as, when it is released and when its lease runs out', async () => {
    const appealed = await aCase().waitingAs('appealed').store(database.dataSource);
    const first = (await claim(kim))!;
    await leases.release(appealed.id, { token: first.leaseToken!, holderId: kim.id });
    expect(await row(appealed.id)).toMatchObject({ state: 'appealed', stage: 'appealed' });
    await claim(kim);
    await database.dataSource.query(
      `UPDATE moderation_case SET lease_expires_at = now() - interval '1 second'`,
    );
    expect(await claim(lee)).toMatchObject({ id: appealed.id, state: 'leased', stage: 'appealed' });
  });

  const actsOn = async (caseId: string): Promise<string[]> => {
    const rows: { act: string }[] = await database.dataSource.query(
      'SELECT act FROM audit_entry WHERE subject_id = $1 ORDER BY id',
      [caseId],
    );
    return rows.map(({ act }) => act);
  };
});
