import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ModerationCaseEntity } from '#libs/database';
import { LeasesRepository } from '../../../apps/review/src/cases/leases.repository.js';
import { aCase } from '../../builders/case.builder.js';
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
  beforeEach(() => database.dataSource.query('DELETE FROM moderation_case'));

  const row = (id: string): Promise<ModerationCaseEntity> =>
    database.dataSource.getRepository(ModerationCaseEntity).findOneByOrFail({ id });

  it('gives each of 200 cases to one of 50 claimants at once, and to nobody else', async () => {
    const cases = await Promise.all(Array.from({ length: 200 }, () => aCase().store(database.dataSource)));
    const claimUntilEmpty = async (): Promise<string[]> => {
      const mine: string[] = [];
      for (;;) {
        const claimed = await leases.claim(kim.id, undefined, minute);
        if (!claimed) return mine;
        mine.push(claimed.caseId);
      }
    };
    const claimed = (await Promise.all(Array.from({ length: 50 }, claimUntilEmpty))).flat();
    expect(claimed.sort()).toEqual(cases.map(({ id }) => id).sort());
  });

  it('gives the most urgent case first', async () => {
    const { dataSource } = database;
    const later = await aCase().dueAt('2026-01-02T00:00:00Z').store(dataSource);
    const sooner = await aCase().dueAt('2026-01-01T00:00:00Z').store(dataSource);
    const order = [
      await leases.claim(kim.id, undefined, minute),
      await leases.claim(kim.id, undefined, minute),
    ];
    expect(order.map((lease) => lease?.caseId)).toEqual([sooner.id, later.id]);
  });

  it('gives only cases of the queue that was asked for', async () => {
    await aCase().in('sexual').store(database.dataSource);
    const wanted = await aCase().in('goods').dueAt('2027-01-01T00:00:00Z').store(database.dataSource);
    expect((await leases.claim(kim.id, 'goods', minute))?.caseId).toBe(wanted.id);
    expect(await leases.claim(kim.id, 'goods', minute)).toBeUndefined();
  });

  it('gives a case whose lease has run out to the next, under a new token', async () => {
    const stale = await aCase().withExpiredLeaseOf(kim).store(database.dataSource);
    const claimed = await leases.claim(lee.id, undefined, minute);
    expect(claimed?.caseId).toBe(stale.id);
    expect(claimed?.token).not.toBe(stale.leaseToken);
    const late = await leases.renew(stale.id, { token: stale.leaseToken, holderId: kim.id }, minute);
    expect(late).toEqual({ ok: false, code: 'lease_lost' });
    expect(await row(stale.id)).toMatchObject({ leaseHolderId: lee.id, leaseToken: claimed?.token });
  });

  it('leaves a case alone that somebody holds', async () => {
    await aCase().leasedBy(kim).store(database.dataSource);
    expect(await leases.claim(lee.id, undefined, minute)).toBeUndefined();
  });

  it('prolongs a lease for its holder', async () => {
    const held = await aCase().leasedBy(kim, { seconds: 5 }).store(database.dataSource);
    const before = (await row(held.id)).leaseExpiresAt!;
    const renewed = await leases.renew(held.id, { token: held.leaseToken, holderId: kim.id }, minute);
    expect(renewed).toEqual({ ok: true, value: { expiresAt: (await row(held.id)).leaseExpiresAt } });
    expect((await row(held.id)).leaseExpiresAt!.getTime()).toBeGreaterThan(before.getTime());
  });

  it('opens a released case to everybody', async () => {
    const held = await aCase().leasedBy(kim).store(database.dataSource);
    const bearer = { token: held.leaseToken, holderId: kim.id };
    expect(await leases.release(held.id, bearer)).toMatchObject({ ok: true });
    expect(await leases.release(held.id, bearer)).toEqual({ ok: false, code: 'lease_lost' });
    expect((await leases.claim(lee.id, undefined, minute))?.caseId).toBe(held.id);
  });

  it.each<[string, 'renew' | 'release']>([
    ['renewing', 'renew'],
    ['releasing', 'release'],
  ])('refuses %s by anybody but the holder with the token', async (_, step) => {
    const held = await aCase().leasedBy(kim).store(database.dataSource);
    const expired = await aCase().withExpiredLeaseOf(kim).store(database.dataSource);
    const lost = { ok: false, code: 'lease_lost' };
    expect(await leases[step](held.id, { token: held.leaseToken, holderId: lee.id }, minute)).toEqual(lost);
    expect(await leases[step](held.id, { token: randomUUID(), holderId: kim.id }, minute)).toEqual(lost);
    expect(await leases[step](expired.id, { token: expired.leaseToken, holderId: kim.id }, minute)).toEqual(
      lost,
    );
    const nowhere = await leases[step](randomUUID(), { token: held.leaseToken, holderId: kim.id }, minute);
    expect(nowhere).toEqual({ ok: false, code: 'not_found' });
    expect(await row(held.id)).toMatchObject({ leaseHolderId: kim.id, leaseToken: held.leaseToken });
  });

  it('finds the next case by index, without sorting, however many are decided', async () => {
    const { dataSource } = database;
    const { content } = await aCase().in('goods').store(dataSource);
    await dataSource.query(
      `INSERT INTO content SELECT (jsonb_populate_record(content, jsonb_build_object('id', gen_random_uuid()))).*
       FROM content, generate_series(1, 5000) WHERE content.id = $1`,
      [content.id],
    );
    await dataSource.query(
      `INSERT INTO moderation_case (id, content_id, queue, state, due_at, decided_at)
       SELECT id, id, 'sexual', 'decided', now(), now() FROM content ON CONFLICT DO NOTHING`,
    );
    await dataSource.query('ANALYZE moderation_case');
    const plan: { 'QUERY PLAN': string }[] = await dataSource.query(
      `EXPLAIN SELECT id FROM moderation_case
       WHERE state <> 'decided' AND (state = 'open' OR lease_expires_at <= now()) AND queue = 'goods'
       ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED`,
    );
    const text = plan.map((line) => line['QUERY PLAN']).join('\n');
    expect(text).toMatch(/Index Scan using moderation_case_claim(_queue)?_idx/);
    expect(text).not.toMatch(/Sort|Seq Scan/);
  });
});
