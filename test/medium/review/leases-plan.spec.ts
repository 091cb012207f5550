import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { claimSql } from '../../../apps/review/src/cases/claim.queries.js';
import { aCase } from '../../builders/case.builder.js';
import { aModerator } from '../../builders/moderator.builder.js';
import { createTestDatabase, type TestDatabase } from '../database.js';
import { explained } from '../explained.js';

const queues = ['sexual', 'goods', 'spam', 'apparel', 'general', 'senior'];
const casesEach = 5000;

describe('the plan of a claim', () => {
  let database: TestDatabase;
  let kim: { id: string };

  beforeAll(async () => {
    database = await createTestDatabase();
    const { dataSource } = database;
    kim = await aModerator(dataSource);
    const { content } = await aCase().store(dataSource);
    await dataSource.query('DELETE FROM moderation_case');
    await dataSource.query(
      `INSERT INTO content SELECT (jsonb_populate_record(content, jsonb_build_object('id', gen_random_uuid()))).*
       FROM content, generate_series(2, $2) WHERE content.id = $1`,
      [content.id, queues.length * casesEach],
    );
    // A third waits, a third is held, a third is decided, in every queue.
    await dataSource.query(
      `INSERT INTO moderation_case (id, content_id, queue, state, due_at, decided_at, lease_token, lease_holder_id,
                                    lease_expires_at)
       SELECT id, id, ($1::text[])[1 + at % $2], state, now() + random() * interval '1 day',
              CASE WHEN state = 'decided' THEN now() END, CASE WHEN state = 'leased' THEN gen_random_uuid() END,
              CASE WHEN state = 'leased' THEN $3::uuid END,
              CASE WHEN state = 'leased' THEN now() + interval '1 hour' END
       FROM (SELECT id, row_number() OVER () AS at FROM content) AS content,
            LATERAL (SELECT (ARRAY['open', 'leased', 'decided'])[1 + (at / $2) % 3] AS state) AS states`,
      [queues, queues.length, kim.id],
    );
    await dataSource.query('ANALYZE');
  });
  afterAll(() => database.drop());

  const nodesOf = (count: number, values: unknown[]) =>
    explained(database.dataSource, claimSql(queues.length, count), values);
  const values = (): unknown[] => [kim.id, ['open', 'appealed'], 'leased', 600, ...queues];

  it.each([1, 50])('probes each queue and reads no more than it gives, for %i', async (count) => {
    const nodes = await nodesOf(count, values());
    const scans = (index: string) => nodes.filter((node) => node['Index Name'] === index);
    expect(scans('moderation_case_claim_idx')).toHaveLength(queues.length);
    expect(scans('moderation_case_lease_idx')).toHaveLength(1);
    const read = scans('moderation_case_claim_idx').reduce((sum, node) => sum + node['Actual Rows'], 0);
    expect(read).toBeLessThanOrEqual(queues.length + count);
    // What others hold is not even looked at.
    expect(scans('moderation_case_lease_idx')[0]!['Actual Rows']).toBe(0);
    const passedOver = nodes.filter(
      (node) => node['Relation Name'] === 'moderation_case' && node['Rows Removed by Filter'],
    );
    expect(passedOver).toEqual([]);
  });

  it('scans no table that grows', async () => {
    const nodes = await nodesOf(1, values());
    const scanned = nodes.filter((node) => node['Node Type'] === 'Seq Scan');
    // The others are all but empty here, and then read whole whatever their indexes.
    for (const table of ['moderation_case', 'content'])
      expect(scanned.map((node) => node['Relation Name'])).not.toContain(table);
    expect(nodes.map((node) => node['Node Type'])).toContain('Merge Append');
  });

  it('reads a bounded number of leases when thousands have run out', async () => {
    await database.dataSource.query(
      `UPDATE moderation_case SET lease_expires_at = now() - random() * interval '1 day' WHERE state = 'leased'`,
    );
    await database.dataSource.query('ANALYZE moderation_case');
    const [held] = (await nodesOf(1, values())).filter(
      (node) => node['Index Name'] === 'moderation_case_lease_idx',
    );
    expect(held!['Actual Loops']).toBe(queues.length);
    expect(held!['Actual Rows']).toBeLessThanOrEqual(100);
  });
});
