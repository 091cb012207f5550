import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ContentEntity,
  DecisionEntity,
  KnownContentEntity,
  ModerationCaseEntity,
  VerdictEntity,
} from '#libs/database';
import { defaultPolicyDocument, type HumanVerdict, type Policy } from '#libs/domain';
import { DecisionsRepository } from '../../../apps/review/src/cases/decisions.repository.js';
import { aCase, type StoredCase } from '../../builders/case.builder.js';
import { aModerator } from '../../builders/moderator.builder.js';
import { createTestDatabase, type TestDatabase } from '../database.js';

const policy: Policy = {
  name: 'default',
  version: 3,
  document: { ...defaultPolicyDocument, humanAllowDays: 10 },
};
const dayMs = 24 * 60 * 60 * 1000;

describe('decisions', () => {
  let database: TestDatabase;
  let decisions: DecisionsRepository;
  let kim: { id: string };
  let lee: { id: string };

  beforeAll(async () => {
    database = await createTestDatabase({ poolSize: 20 });
    decisions = new DecisionsRepository(database.dataSource);
    kim = await aModerator(database.dataSource);
    lee = await aModerator(database.dataSource);
  });
  afterAll(() => database.drop());

  const rowsOf = async ({ id, content }: StoredCase) => ({
    case: await database.dataSource.getRepository(ModerationCaseEntity).findOneByOrFail({ id }),
    content: await database.dataSource.getRepository(ContentEntity).findOneByOrFail({ id: content.id }),
    verdicts: await database.dataSource.getRepository(VerdictEntity).findBy({ contentId: content.id }),
    decisions: await database.dataSource.getRepository(DecisionEntity).findBy({ caseId: id }),
    known: await database.dataSource
      .getRepository(KnownContentEntity)
      .findBy({ sha256: Buffer.from(content.sha256, 'hex') }),
  });

  const decide = (
    { id, leaseToken }: StoredCase,
    {
      by = kim,
      verdict = 'block',
      reason = 'sexual_explicit',
    }: { by?: { id: string }; verdict?: HumanVerdict; reason?: string } = {},
  ) => decisions.decide(id, { token: leaseToken, holderId: by.id }, { verdict, reason, note: null }, policy);

  it('stores everything that follows from a block', async () => {
    const held = await aCase()
      .about({ pdq: 'ab'.repeat(32), pdqQuality: 88 })
      .leasedBy(kim)
      .store(database.dataSource);
    expect(await decide(held)).toMatchObject({ ok: true });
    const rows = await rowsOf(held);
    expect(rows.case).toMatchObject({ state: 'decided', leaseToken: null, leaseHolderId: null });
    expect(rows.content).toMatchObject({ verdict: 'block', tier: 'human', final: true, policyVersion: 3 });
    expect(rows.decisions).toMatchObject([
      {
        moderatorId: kim.id,
        verdict: 'block',
        machineVerdict: 'review',
        policyName: 'default',
        policyVersion: 3,
      },
    ]);
    expect(rows.verdicts.find(({ tier }) => tier === 'human')).toMatchObject({
      verdict: 'block',
      reasons: [{ kind: 'decision', caseId: held.id, distance: 0 }],
    });
    expect(rows.known).toMatchObject([
      { verdict: 'block', caseId: held.id, pdqQuality: 88, expiresAt: null, revokedAt: null },
    ]);
    expect(rows.known[0]!.pdq!.toString('hex')).toBe(held.content.pdq);
  });

  it('lets an allow expire after the days of its policy', async () => {
    const held = await aCase().leasedBy(kim).store(database.dataSource);
    await decide(held, { verdict: 'allow' });
    const { known, decisions: stored } = await rowsOf(held);
    expect(known[0]!.expiresAt!.getTime() - stored[0]!.decidedAt.getTime()).toBe(10 * dayMs);
    expect(known[0]!.policyVersion).toBe(3);
  });

  it('is stored once when the request is repeated, also many times at once', async () => {
    const held = await aCase().leasedBy(kim).store(database.dataSource);
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => decide(held)));
    outcomes.push(await decide(held));
    expect(outcomes.every(({ ok }) => ok)).toBe(true);
    const rows = await rowsOf(held);
    expect([rows.decisions, rows.known, rows.verdicts].map(({ length }) => length)).toEqual([1, 1, 2]);
  });

  it('refuses another conclusion under a lease that was used', async () => {
    const held = await aCase().leasedBy(kim).store(database.dataSource);
    await decide(held, { verdict: 'block' });
    const before = await rowsOf(held);
    expect(await decide(held, { verdict: 'allow' })).toEqual({ ok: false, code: 'lease_lost' });
    expect(await decide(held, { reason: 'another' })).toEqual({ ok: false, code: 'lease_lost' });
    expect(await decide(held, { by: lee })).toEqual({ ok: false, code: 'lease_lost' });
    expect(await rowsOf(held)).toEqual(before);
  });

  it('changes nothing when the lease has expired', async () => {
    const stale = await aCase().withExpiredLeaseOf(kim).store(database.dataSource);
    const before = await rowsOf(stale);
    expect(await decide(stale)).toEqual({ ok: false, code: 'lease_lost' });
    expect(await rowsOf(stale)).toEqual(before);
    expect(before).toMatchObject({ decisions: [], known: [], case: { state: 'leased' } });
  });

  it('changes nothing when the lease is somebody else’s, or there is none', async () => {
    const held = await aCase().leasedBy(lee).store(database.dataSource);
    const open = await aCase().store(database.dataSource);
    for (const each of [held, open]) {
      const before = await rowsOf(each);
      expect(await decide(each)).toEqual({ ok: false, code: 'lease_lost' });
      expect(await rowsOf(each)).toEqual(before);
    }
  });

  it('lets the latest decision on a picture hold, and revokes the one before', async () => {
    const first = await aCase().leasedBy(kim).store(database.dataSource);
    const second = await aCase()
      .about({ sha256: first.content.sha256 })
      .leasedBy(lee)
      .store(database.dataSource);
    await decide(first, { verdict: 'allow' });
    await decide(second, { verdict: 'block', by: lee });
    const { known } = await rowsOf(first);
    const inForce = known.filter(({ revokedAt }) => revokedAt === null);
    expect(known).toHaveLength(2);
    expect(inForce).toMatchObject([{ verdict: 'block', caseId: second.id }]);
  });

  it('keeps one decision in force when a picture is decided under many cases at once', async () => {
    const first = await aCase().leasedBy(kim).store(database.dataSource);
    const copies = await Promise.all(
      Array.from({ length: 9 }, () =>
        aCase().about({ sha256: first.content.sha256 }).leasedBy(kim).store(database.dataSource),
      ),
    );
    const outcomes = await Promise.all([first, ...copies].map((each) => decide(each)));
    expect(outcomes.every(({ ok }) => ok)).toBe(true);
    const { known } = await rowsOf(first);
    expect(known).toHaveLength(10);
    expect(known.filter(({ revokedAt }) => revokedAt === null)).toHaveLength(1);
  });
});
