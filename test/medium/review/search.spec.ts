import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CaseState } from '#libs/domain';
import type { SearchPage } from '../../../apps/review/src/search/search.dto.js';
import { pageSql } from '../../../apps/review/src/cases/cases.repository.js';
import { searchSql, type SearchFilter } from '../../../apps/review/src/search/search.repository.js';
import { aCase, type StoredCase } from '../../builders/case.builder.js';
import { createTestDatabase, type TestDatabase } from '../database.js';
import { explained, rowsRead } from '../explained.js';
import { TestReview } from './test-review.js';

describe('searching contents', () => {
  let review: TestReview;
  let senior: Awaited<ReturnType<TestReview['signIn']>>;
  let kim: Awaited<ReturnType<TestReview['signIn']>>;
  beforeAll(async () => {
    review = await TestReview.start();
    senior = await review.signIn({ role: 'senior' });
    kim = await review.signIn();
  });
  afterAll(() => review.stop());

  const search = (query: Record<string, string>, headers = senior.headers) =>
    review.send<SearchPage>('GET', `/v1/content?${new URLSearchParams(query).toString()}`, { headers });
  const idsOf = async (query: Record<string, string>): Promise<string[]> => {
    const { status, body } = await search(query);
    expect(status).toBe(200);
    return body.contents.map(({ content }) => content.id);
  };
  const store = (facts: Parameters<ReturnType<typeof aCase>['about']>[0] = {}): Promise<StoredCase> =>
    aCase()
      .about({ id: randomUUID(), ...facts })
      .store(review.database.dataSource);

  it('finds by hash, reference, verdict, tier, category, surface and time', async () => {
    const sha256 = randomUUID().replaceAll('-', '').repeat(2);
    const reference = `post-${randomUUID()}`;
    const receivedAt = '2026-02-03T04:05:06.000Z';
    const { content, id } = await store({ sha256, reference, receivedAt, surface: 'chat' });
    await store();
    expect(await idsOf({ sha256 })).toEqual([content.id]);
    expect(await idsOf({ reference })).toEqual([content.id]);
    const narrow = { from: receivedAt, to: '2026-02-03T04:05:06.001Z' };
    const { body } = await search(narrow);
    expect(body.contents).toEqual([
      expect.objectContaining({
        content: expect.objectContaining({ id: content.id, receivedAt, reference, surface: 'chat' }),
        verdict: 'review',
        tier: 'fast',
        final: false,
        category: 'sexual/explicit',
        policy: { name: 'default', version: 1 },
        case: { id, state: 'open', queue: 'sexual' },
        decision: null,
      }),
    ]);
    const right = { verdict: 'review', tier: 'fast', category: 'sexual/explicit', surface: 'chat' };
    const wrong = { verdict: 'block', tier: 'deep', category: 'sexual/suggestive', surface: 'avatar' };
    for (const name of Object.keys(right) as (keyof typeof right)[]) {
      expect(await idsOf({ ...narrow, [name]: right[name] })).toEqual([content.id]);
      expect(await idsOf({ ...narrow, [name]: wrong[name] })).toEqual([]);
    }
  });

  it('finds what a moderator decided, the latest first, under the decision that holds', async () => {
    const cases = [await store(), await store(), await store()];
    for (const _ of cases) {
      const claimed = await review.send<{ case: { id: string }; lease: { token: string } }>(
        'POST',
        '/v1/cases/claim',
        { body: {}, headers: kim.headers },
      );
      await review.send('POST', `/v1/cases/${claimed.body.case.id}/decision`, {
        body: { leaseToken: claimed.body.lease.token, verdict: 'block', reason: 'sexual_explicit' },
        headers: kim.headers,
      });
    }
    const first = await search({ moderator: kim.id });
    const [latest] = first.body.contents;
    const undone = await review.send('POST', `/v1/cases/${latest!.case!.id}/undo`, {
      body: {
        decisionId: latest!.decision!.id,
        token: randomUUID(),
        verdict: 'allow',
        reason: 'false_alarm',
      },
      headers: kim.headers,
    });
    expect(undone.status).toBe(200);
    const { body } = await search({ moderator: kim.id });
    expect(body.contents.map(({ decision }) => decision!.verdict)).toEqual(['allow', 'block', 'block']);
    expect(new Set(body.contents.map(({ content }) => content.id)).size).toBe(3);
    expect(body.contents.every(({ decision }) => decision!.moderatorId === kim.id)).toBe(true);
    expect((await search({ moderator: senior.id })).body.contents).toEqual([]);
  });

  it('goes through pages in order, whatever comes in between', async () => {
    const receivedAt = '2025-05-05T05:05:05.000Z';
    const stored = await Promise.all(Array.from({ length: 7 }, () => store({ receivedAt })));
    const query = { from: receivedAt, to: '2025-05-05T05:05:06.000Z', limit: '3' };
    const found: string[] = [];
    let cursor: string | null = null;
    do {
      const page: { body: SearchPage } = await search({ ...query, ...(cursor === null ? {} : { cursor }) });
      found.push(...page.body.contents.map(({ content }) => content.id));
      cursor = page.body.nextCursor;
      if (found.length === 3) await store({ id: 'ffffffff-ffff-7fff-bfff-ffffffffffff', receivedAt });
    } while (cursor !== null);
    const ids = stored.map(({ content }) => content.id);
    expect(found).toEqual(ids.sort().reverse());
  });

  it.each([
    ['sha256', 'ABC'],
    ['verdict', 'maybe'],
    ['tier', 'deeper'],
    ['moderator', 'kim'],
    ['from', 'yesterday'],
    ['cursor', 'AAAA'],
    ['limit', '101'],
    ['reference', 'a\0b'],
  ])('refuses %s=%s by name', async (name, value) => {
    const { status, body } = await search({ [name]: value });
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toContain(name);
  });

  it('is not for moderators, whom it would tell what others decided', async () => {
    expect((await search({}, kim.headers)).status).toBe(403);
  });
});

const rows = 1_000_000;
const part = 100_000;

describe('the plan of a search among a million cases', () => {
  let database: TestDatabase;
  const moderatorId = randomUUID();
  beforeAll(async () => {
    database = await createTestDatabase();
    const { dataSource } = database;
    await dataSource.query(
      `INSERT INTO moderator (id, email, display_name, role, password_hash)
       VALUES ($1, 'plan@example.org', 'Plan', 'moderator', 'none')`,
      [moderatorId],
    );
    const id = `('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid`;
    // 0–99, one column's independent of the others'
    const drawn = (column: number): string => `(hashint8extended(n, ${column}) & 1023) * 100 / 1024`;
    // In parts, since the pool ends a statement that takes too long.
    const inParts = async (sql: string, ...more: unknown[]): Promise<void> => {
      for (let from = 1; from < rows; from += part)
        await dataSource.transaction(async (transaction) => {
          // Neither triggers nor foreign keys are asked about each row: these are rows to be read, not work.
          await transaction.query('SET LOCAL session_replication_role = replica');
          await transaction.query(sql, [from, from + part - 1, ...more]);
        });
    };
    await inParts(
      `INSERT INTO content (id, sha256, media_type, width, height, bytes, surface, reference, api_key_id, received_at,
                            verdict, tier, category, policy_name, policy_version, final)
       SELECT ${id}, sha256(int8send(n)), 'image/jpeg', 640, 480, 40000,
              CASE WHEN ${drawn(1)} < 20 THEN 'avatar' ELSE 'default' END,
              'post-' || n, gen_random_uuid(), now() - n * interval '1 second',
              CASE WHEN ${drawn(2)} < 2 THEN 'block' WHEN ${drawn(2)} < 5 THEN 'review' ELSE 'allow' END,
              CASE WHEN ${drawn(3)} < 2 THEN 'human' WHEN ${drawn(3)} < 20 THEN 'deep' ELSE 'fast' END,
              CASE WHEN ${drawn(4)} < 2 THEN 'goods/firearm' WHEN ${drawn(4)} < 20 THEN 'sexual/explicit' END,
              'default', 1, true
       FROM generate_series($1::integer, $2::integer) AS n`,
    );
    await inParts(
      `INSERT INTO moderation_case (id, content_id, queue, state, due_at, decided_at)
       SELECT ${id}, ${id}, (ARRAY['sexual', 'goods'])[1 + n % 2], CASE WHEN n % 50 = 0 THEN 'decided' ELSE 'open' END,
              now() + (n * 104729::bigint % 604800) * interval '1 second', CASE WHEN n % 50 = 0 THEN now() - n * interval '1 second' END
       FROM generate_series($1::integer, $2::integer) AS n`,
    );
    await inParts(
      `INSERT INTO decision (id, case_id, moderator_id, lease_token, verdict, reason, machine_verdict, policy_name,
                             policy_version, decided_at)
       SELECT ${id}, ${id}, $3, gen_random_uuid(), 'block', 'sexual_explicit', 'review', 'default', 1,
              now() - n * interval '1 second'
       FROM generate_series($1::integer + 49, $2::integer, 50) AS n`,
      moderatorId,
    );
    await dataSource.query('VACUUM (ANALYZE) content');
    await dataSource.query('VACUUM (ANALYZE) moderation_case');
    await dataSource.query('VACUUM (ANALYZE) decision');
  }, 300_000);
  afterAll(() => database.drop());

  const nodesOf = (filter: SearchFilter, after?: { at: Date; id: string }) => {
    const { sql, parameters } = searchSql(filter, after, 51);
    return explained(database.dataSource, sql, parameters);
  };

  const halfWay = { at: new Date(Date.now() - (rows / 2) * 1000), id: randomUUID() };
  it.each<[string, SearchFilter, string]>([
    ['nothing', {}, 'content_received_idx'],
    ['a time', { from: new Date('2020-01-01'), to: new Date() }, 'content_received_idx'],
    ['a hash', { sha256: 'ab'.repeat(32) }, 'content_sha256_idx'],
    ['a reference', { reference: 'post-77' }, 'content_reference_idx'],
    ['a category', { category: 'goods/firearm' }, 'content_category_idx'],
    ['a verdict', { verdict: 'block' }, 'content_verdict_idx'],
    ['a tier', { tier: 'human' }, 'content_tier_idx'],
    ['a moderator', { moderator: moderatorId }, 'decision_moderator_idx'],
  ])('by %s walks along its index and stops at the end of the page', async (_, filter, index) => {
    for (const after of [undefined, halfWay]) {
      const nodes = await nodesOf(filter, after);
      expect(nodes.map((node) => node['Index Name'])).toContain(index);
      expect(nodes.filter((node) => node['Node Type'] === 'Seq Scan')).toEqual([]);
      expect(Math.max(...nodes.map(rowsRead))).toBeLessThanOrEqual(200);
    }
  });

  it.each<[string, SearchFilter]>([
    ['verdict and category', { verdict: 'block', category: 'goods/firearm' }],
    ['tier, verdict and surface', { tier: 'human', verdict: 'allow', surface: 'avatar' }],
    ['moderator and category', { moderator: moderatorId, category: 'goods/firearm' }],
  ])('by %s reads no more than its narrowest filter finds', async (_, filter) => {
    const nodes = await nodesOf(filter);
    expect(nodes.filter((node) => node['Node Type'] === 'Seq Scan')).toEqual([]);
    expect(Math.max(...nodes.map(rowsRead))).toBeLessThanOrEqual(rows * 0.025);
  });

  it.each<[CaseState | undefined, string[]]>([
    [undefined, ['sexual', 'goods', 'spam']],
    ['open', ['goods']],
    ['leased', ['sexual', 'goods']],
    ['escalated', ['sexual', 'goods', 'senior']],
    ['decided', ['sexual', 'goods']],
    ['closed', ['goods']],
  ])(
    'a list of cases that are %s, in %j, reads a page of each queue and state at most',
    async (state, queues) => {
      for (const after of [
        { at: null, id: null },
        { at: new Date(), id: randomUUID() },
      ]) {
        const values = [queues, after.at, after.id, 51, moderatorId];
        const nodes = await explained(database.dataSource, pageSql(state, true), values);
        const scanned = nodes.filter((node) => node['Node Type'] === 'Seq Scan');
        expect(scanned.map((node) => node['Relation Name'])).not.toContain('moderation_case');
        const pages = nodes.filter(({ 'Index Name': index }) => index?.startsWith('moderation_case_'));
        expect(pages.length).toBeGreaterThan(0);
        for (const page of pages) expect(rowsRead(page)).toBeLessThanOrEqual(51 * queues.length);
      }
    },
  );
});
