import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DecisionEntity } from '#libs/database';
import { type Content, defaultPolicyDocument, type Policy } from '#libs/domain';
import { alikeSql } from '../../../apps/review/src/cases/alike.queries.js';
import type { Likeness } from '../../../apps/review/src/cases/decision.dto.js';
import { DecisionsRepository } from '../../../apps/review/src/cases/decisions.repository.js';
import { LeasesRepository } from '../../../apps/review/src/cases/leases.repository.js';
import { aCase, type CaseBuilder, type StoredCase } from '../../builders/case.builder.js';
import { aContent } from '../../builders/content.builder.js';
import { aModerator } from '../../builders/moderator.builder.js';
import { createTestDatabase, type TestDatabase } from '../database.js';
import { rowsOfCase } from './rows-of-case.js';

const policy: Policy = { name: 'default', version: 1, document: defaultPolicyDocument };
const queues = ['sexual', 'goods'];
const conclusion = { verdict: 'block', reason: 'looked', note: null } as const;

/** The hash with these bits turned over. */
const flipped = (pdq: string, bits: number[]): string => {
  const bytes = Buffer.from(pdq, 'hex');
  for (const bit of bits) bytes[bit >> 3]! ^= 1 << (bit & 7);
  return bytes.toString('hex');
};
const firstBits = (count: number) => Array.from({ length: count }, (_, at) => (at * 37) % 256);

describe('a decision over what looks alike', () => {
  let database: TestDatabase;
  let decisions: DecisionsRepository;
  let leases: LeasesRepository;
  let kim: { id: string };
  let lee: { id: string };
  let sha256: string;
  let pdq: string;

  beforeAll(async () => {
    database = await createTestDatabase({ poolSize: 20 });
    decisions = new DecisionsRepository(database.dataSource);
    leases = new LeasesRepository(database.dataSource);
    kim = await aModerator(database.dataSource);
    lee = await aModerator(database.dataSource);
  });
  afterAll(() => database.drop());
  beforeEach(() => {
    sha256 = aContent().sha256;
    pdq = aContent().sha256;
  });

  const store = (builder: CaseBuilder) => builder.store(database.dataSource);
  const shown = (facts: Partial<Content> = {}) => ({ sha256, pdq, pdqQuality: 80, ...facts });
  const heldByKim = () => store(aCase().about(shown()).leasedBy(kim));
  const near = (distance: number, quality = 80) =>
    aCase().about({ pdq: flipped(pdq, firstBits(distance)), pdqQuality: quality });
  const decide = (held: StoredCase, likeness: Likeness, allowed = queues) =>
    decisions.decide(held.id, { token: held.leaseToken, holderId: kim.id }, conclusion, policy, {
      likeness,
      queues: allowed,
    });
  const idsOf = (cases: StoredCase[]) => cases.map(({ id }) => id).sort();
  const rowsOf = (stored: StoredCase) => rowsOfCase(database.dataSource, stored);
  const stateOf = async (stored: StoredCase) => (await rowsOf(stored)).case.state;

  it('gives each case with the same bytes a decision of its own', async () => {
    const held = await heldByKim();
    const same = [await store(aCase().about(shown())), await store(aCase().about(shown({ pdq: null })))];
    const copy = await store(near(3));
    const result = await decide(held, 'same');
    expect(result).toMatchObject({ ok: true });
    expect(result.ok && [...result.value].sort()).toEqual(idsOf(same));
    const [own] = (await rowsOf(held)).decisions as [DecisionEntity];
    for (const each of same) {
      const rows = await rowsOf(each);
      expect(rows.decisions).toMatchObject([
        { verdict: 'block', moderatorId: kim.id, madeWithId: own.id, timeSpentMs: null },
      ]);
      expect(rows.content).toMatchObject({ verdict: 'block', tier: 'human', final: true });
      expect(rows.exclusions).toMatchObject([{ moderatorId: kim.id, reason: 'decided' }]);
      expect(rows.audit).toMatchObject([{ act: 'case.decided', details: { madeWithId: own.id } }]);
      expect(rows.known.filter(({ revokedAt }) => revokedAt === null)).toMatchObject([{ caseId: held.id }]);
    }
    expect(await stateOf(copy)).toBe('open');
  });

  it('reaches near copies up to 31 bits away, of good quality, and remembers each picture', async () => {
    const held = await heldByKim();
    const copies = [await store(near(0)), await store(near(16)), await store(near(31))];
    const others = [await store(near(32)), await store(near(3, 49))];
    const result = await decide(held, 'near');
    expect(result.ok && [...result.value].sort()).toEqual(idsOf(copies));
    for (const each of copies) {
      const { known, content, undecidedPictures } = await rowsOf(each);
      expect(known).toMatchObject([{ caseId: each.id, verdict: 'block', revokedAt: null }]);
      expect(content).toMatchObject({ verdict: 'block', tier: 'human' });
      expect(undecidedPictures).toBe(0);
    }
    for (const each of others) expect(await stateOf(each)).toBe('open');
  });

  it('misses no near copy wherever its bits differ', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 0, max: 255 }), { minLength: 0, maxLength: 40 }),
        async (bits) => {
          const origin = await store(aCase().about(shown({ sha256: aContent().sha256 })));
          const other = await store(aCase().about({ pdq: flipped(pdq, bits), pdqQuality: 50 }));
          const found = await decisions.findAlike(origin.id, 'near', { id: kim.id, queues });
          const distance = found.find(({ id }) => id === other.id)?.distance;
          expect(distance).toBe(bits.length <= 31 ? bits.length : undefined);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('leaves alone what chance, others, a senior or another right have a hold on', async () => {
    const held = await heldByKim();
    const about = () => aCase().about(shown());
    const left = [
      await store(about().asAuditSample()),
      await store(about().ofKind('second')),
      await store(about().ofKind('golden')),
      await store(about().leasedBy(lee)),
      await store(about().waitingAs('appealed')),
    ];
    const states = await Promise.all(left.map(stateOf));
    const skipped = await store(near(1).leasedBy(kim));
    await leases.skip(skipped.id, { token: skipped.leaseToken, holderId: kim.id }, 'not mine');
    const elsewhere = await store(near(2).in('senior'));
    expect(await decide(held, 'near')).toEqual({ ok: true, value: [] });
    expect(await Promise.all(left.map(stateOf))).toEqual(states);
    for (const each of [...left, skipped, elsewhere]) expect((await rowsOf(each)).decisions).toEqual([]);
  });

  it('takes what its moderator holds beside it, and what was held too long', async () => {
    const held = await heldByKim();
    const mine = await store(near(1).leasedBy(kim));
    const stale = await store(near(2).withExpiredLeaseOf(lee));
    const result = await decide(held, 'near');
    expect(result.ok && [...result.value].sort()).toEqual(idsOf([mine, stale]));
  });

  it('is answered the same when the request is repeated', async () => {
    const held = await heldByKim();
    for (const distance of [1, 2, 3]) await store(near(distance));
    const first = await decide(held, 'near');
    await store(near(4));
    const again = await decide(held, 'near');
    expect(first.ok && again.ok && [...first.value].sort()).toEqual(again.ok && [...again.value].sort());
    expect(first.ok && first.value).toHaveLength(3);
  });

  it('needs the lease of the case that it is about', async () => {
    const held = await store(aCase().about(shown()).withExpiredLeaseOf(kim));
    const copy = await store(near(1));
    expect(await decide(held, 'near')).toEqual({ ok: false, code: 'lease_lost' });
    expect(await stateOf(copy)).toBe('open');
  });

  it('decides each case once when many people decide over the same ones at once', async () => {
    const copies: StoredCase[] = [];
    for (let distance = 0; distance < 8; distance += 1) copies.push(await store(near(distance)));
    const people = await Promise.all(Array.from({ length: 6 }, () => aModerator(database.dataSource)));
    const held = await Promise.all(people.map((person, at) => store(near(at + 10).leasedBy(person))));
    const results = await Promise.all(
      held.map(({ id, leaseToken }, at) =>
        decisions.decide(id, { token: leaseToken, holderId: people[at]!.id }, conclusion, policy, {
          likeness: 'near',
          queues,
        }),
      ),
    );
    expect(results.every(({ ok }) => ok)).toBe(true);
    for (const each of [...copies, ...held]) {
      const { decisions: stored, case: row } = await rowsOf(each);
      expect([stored.length, row.state]).toEqual([1, 'decided']);
    }
  });

  it('finds near copies by their index among many', async () => {
    const { dataSource } = database;
    const { id } = await heldByKim();
    const some = await store(near(1));
    await dataSource.query(
      `WITH made AS (
         INSERT INTO content
         SELECT (jsonb_populate_record(content, jsonb_build_object(
           'id', gen_random_uuid(), 'sha256', sha256(at::text::bytea)))).*
         FROM content, generate_series(1, 20000) AS at WHERE content.id = $1 RETURNING id)
       INSERT INTO moderation_case (id, content_id, queue, due_at) SELECT id, id, 'spam', now() FROM made`,
      [some.content.id],
    );
    await dataSource.query(
      `UPDATE undecided_picture SET (pdq, bands) = (
         SELECT pdq, picture_bands(pdq) FROM (SELECT sha256(case_id::text::bytea) AS pdq) AS drawn)
       WHERE case_id <> ALL ($1)`,
      [[id, some.id]],
    );
    // As autovacuum does it: what waits in the index's pending list makes it look dear.
    await dataSource.query('VACUUM (ANALYZE) undecided_picture');
    await dataSource.query('ANALYZE');
    const plan: { 'QUERY PLAN': string }[] = await dataSource.query(`EXPLAIN ${alikeSql('near')}`, [
      id,
      kim.id,
      queues,
    ]);
    const text = plan.map((line) => line['QUERY PLAN']).join('\n');
    expect(text).toContain('undecided_picture_bands_idx');
    expect(text).not.toMatch(/Seq Scan on (undecided_picture|moderation_case|content)/);
  });
});
