import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Actor, type AuditedAct, createApiKey, recordAudit, unsealedAudit } from '#libs/database';
import type { AuditPage } from '../../../apps/review/src/audit/audit.dto.js';
import { auditPageSql } from '../../../apps/review/src/audit/audit.repository.js';
import { createTestDatabase, type TestDatabase } from '../database.js';
import { eventually } from '../eventually.js';
import { TestReview } from './test-review.js';

let review: TestReview;
let lead: Awaited<ReturnType<TestReview['signIn']>>;
beforeAll(async () => {
  review = await TestReview.start();
  lead = await review.signIn({ role: 'lead' });
});
afterAll(() => review.stop());

const record = (actor: Actor, acts: AuditedAct | AuditedAct[]): Promise<void> =>
  review.database.dataSource.transaction((transaction) => recordAudit(transaction, actor, acts));

const list = async (query: Record<string, string | number> = {}) => {
  const search = new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
  );
  return review.send<AuditPage>('GET', `/v1/audit?${search.toString()}`, { headers: lead.headers });
};

const anAct = (act = 'case.decided', id: string = randomUUID()): AuditedAct => ({
  act,
  subject: { kind: 'case', id },
});

describe('GET /v1/audit', () => {
  it('tells who did what to what, and its place in the chain soon after', async () => {
    const person = await review.signIn();
    const service = await createApiKey(review.database.dataSource, { name: 'shop' });
    const subject = { kind: 'policy', id: 'strict' };
    await record(
      { kind: 'moderator', id: person.id },
      { act: 'policy.published', subject, details: { version: 2 } },
    );
    await record({ kind: 'service', id: service.id }, { act: 'content.erased', subject });
    await record({ kind: 'system' }, { act: 'policy.expired', subject });
    const sealed = await eventually(async () => {
      const { body } = await list({ subject: 'policy:strict' });
      expect(body.entries.filter(({ seal }) => seal !== null)).toHaveLength(3);
      return body;
    });
    expect(sealed.nextCursor).toBeNull();
    expect(sealed.entries.map(({ act, actor, details }) => ({ act, actor, details }))).toEqual([
      { act: 'policy.expired', actor: { kind: 'system', id: null, name: null }, details: {} },
      { act: 'content.erased', actor: { kind: 'service', id: service.id, name: 'shop' }, details: {} },
      {
        act: 'policy.published',
        actor: { kind: 'moderator', id: person.id, name: 'Kim' },
        details: { version: 2 },
      },
    ]);
    const [third, second, first] = sealed.entries.map(({ seal }) => seal!.sequence);
    expect([first! + 1, second! + 1]).toEqual([second, third]);
    expect(sealed.entries[0]!.seal!.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('finds by actor, act, subject and time', async () => {
    const id = randomUUID();
    const [actor, other] = [await review.signIn(), await review.signIn()];
    const before = new Date().toISOString();
    await record({ kind: 'moderator', id: actor.id }, [
      anAct('case.escalated', id),
      anAct('case.decided', id),
    ]);
    await record({ kind: 'moderator', id: other.id }, anAct('case.decided', id));
    const found = async (query: Record<string, string>): Promise<number> =>
      (await list({ ...query, limit: 100 })).body.entries.filter(({ subject }) => subject.id === id).length;
    expect(await found({ subject: `case:${id}` })).toBe(3);
    expect(await found({ subject: `content:${id}` })).toBe(0);
    expect(await found({ actor: actor.id })).toBe(2);
    expect(await found({ actor: actor.id, act: 'case.decided' })).toBe(1);
    expect(await found({ act: 'case.escalated' })).toBe(1);
    expect(await found({ actor: 'system' })).toBe(0);
    expect(await found({ from: before })).toBe(3);
    expect(await found({ to: before })).toBe(0);
    expect(await found({ from: '0000-01-01T00:00:00Z' })).toBe(3);
  });

  it('goes through pages without a gap or a repetition while others write', async () => {
    const id = randomUUID();
    await record(
      { kind: 'system' },
      Array.from({ length: 25 }, () => anAct('case.decided', id)),
    );
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { body }: { body: AuditPage } = await list({
        subject: `case:${id}`,
        limit: 10,
        ...(cursor ? { cursor } : {}),
      });
      seen.push(...body.entries.map((entry) => entry.id));
      cursor = body.nextCursor;
      await record({ kind: 'system' }, anAct('case.decided', id));
    }
    expect(seen).toHaveLength(25);
    expect(new Set(seen).size).toBe(25);
  });

  it('is for leads and admins only', async () => {
    for (const role of ['moderator', 'senior'] as const) {
      const { headers } = await review.signIn({ role });
      expect((await review.send('GET', '/v1/audit', { headers })).status).toBe(403);
    }
    const admin = await review.signIn({ role: 'admin' });
    expect((await review.send('GET', '/v1/audit', admin)).status).toBe(200);
    expect((await review.send('GET', '/v1/audit')).status).toBe(401);
  });

  it.each([
    ['actor', 'kim'],
    ['act', 'DROP TABLE'],
    ['subject', 'case'],
    ['subject', 'case:\0'],
    ['from', 'yesterday'],
    ['limit', '101'],
    ['cursor', 'abc'],
  ])('names the field of a question that does not fit: %s=%j', async (name, value) => {
    const { status, body } = await list({ [name]: value });
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'invalid_request', fields: [{ path: name }] });
  });
});

describe('The unsealed tail', () => {
  it('is told in the metrics, and is empty soon', async () => {
    await record(
      { kind: 'system' },
      Array.from({ length: 30 }, () => anAct()),
    );
    await eventually(async () =>
      expect(await unsealedAudit(review.database.dataSource)).toMatchObject({ count: 0 }),
    );
    const { payload } = await review.app.inject({ method: 'GET', url: '/metrics' });
    expect(payload).toMatch(/^sluice_audit_unsealed 0$/m);
    expect(payload).toMatch(/^sluice_audit_unsealed_oldest_seconds 0$/m);
  });
});

describe('A page of the audit', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    const { dataSource } = database;
    await dataSource.query(`
      INSERT INTO audit_entry (id, at, actor_kind, actor_id, act, subject_kind, subject_id, details)
      SELECT gen_random_uuid(), now() - make_interval(secs => n), 'moderator',
             ('00000000-0000-7000-8000-' || lpad((n % 50)::text, 12, '0'))::uuid,
             CASE WHEN n % 200 = 0 THEN 'policy.published' ELSE 'case.decided' END, 'case', (n / 200)::text, '{}'
      FROM generate_series(1, 30000) AS n`);
    await dataSource.query(`
      INSERT INTO audit_seal (sequence, entry_id, previous_hash, hash, sealed_at)
      SELECT row_number() OVER (ORDER BY at), id, sha256('1'), sha256('2'), now() FROM audit_entry`);
    await dataSource.query('ANALYZE audit_entry, audit_seal');
  });
  afterAll(() => database.drop());

  const after = { at: new Date(Date.now() - 15_000_000), id: randomUUID() };
  it.each([
    ['of all', {}, 'audit_entry_at_idx'],
    ['of a time', { from: new Date('2026-01-01T00:00:00Z'), to: after.at }, 'audit_entry_at_idx'],
    ['of a subject', { subject: { kind: 'case', id: '100' } }, 'audit_entry_subject_idx'],
    ['of an actor', { actor: '00000000-0000-7000-8000-000000000007' }, 'audit_entry_actor_idx'],
    ['of a rare act', { act: 'policy.published' }, 'audit_entry_act_idx'],
  ] as const)('%s is one scan of an index that stops at its end', async (_what, query, index) => {
    for (const cursor of [undefined, after]) {
      const { sql, parameters } = auditPageSql(query, cursor, 51);
      const plan = await database.dataSource.query<{ 'QUERY PLAN': string }[]>(
        `EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ${sql}`,
        parameters,
      );
      const text = plan.map((row) => row['QUERY PLAN']).join('\n');
      expect(text).toContain(`Index Scan Backward using ${index} on audit_entry`);
      expect(text).not.toContain('Seq Scan on audit_');
    }
  });
});
