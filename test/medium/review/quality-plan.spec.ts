import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openSecondLookSql } from '#libs/database';
import { claimSql } from '../../../apps/review/src/cases/claim.queries.js';
import { chooseGoldenSql } from '../../../apps/review/src/quality/golden-mixing.repository.js';
import { aCase } from '../../builders/case.builder.js';
import { aModerator } from '../../builders/moderator.builder.js';
import { createTestDatabase, type TestDatabase } from '../database.js';
import { explained, type PlanNode } from '../explained.js';

const queue = 'sexual';
const contents = 30_000;
const growing = ['moderation_case', 'content', 'decision', 'case_exclusion', 'verdict'];

describe('plans of what quality asks', () => {
  let database: TestDatabase;
  let kim: { id: string };
  let lee: { id: string };
  let decided: string;
  beforeAll(async () => {
    database = await createTestDatabase();
    const { dataSource } = database;
    [kim, lee] = [await aModerator(dataSource), await aModerator(dataSource)];
    const { content } = await aCase().about({ blobKey: 'a blob' }).store(dataSource);
    await dataSource.query('DELETE FROM moderation_case');
    await dataSource.query(
      `INSERT INTO content SELECT (jsonb_populate_record(content, jsonb_build_object(
         'id', gen_random_uuid(), 'sha256', '\\x' || encode(sha256(at::text::bytea), 'hex')))).*
       FROM content, generate_series(2, $2) AS at WHERE content.id = $1`,
      [content.id, contents],
    );
    await dataSource.query(
      `INSERT INTO verdict SELECT (jsonb_populate_record(judged, jsonb_build_object('content_id', content.id))).*
       FROM content, verdict AS judged WHERE content.id <> judged.content_id`,
    );
    await dataSource.query(
      `INSERT INTO moderation_case (id, content_id, queue, state, due_at, decided_at)
       SELECT id, id, $1, CASE WHEN at % 2 = 0 THEN 'decided' ELSE 'open' END, now() + random() * interval '1 day',
              CASE WHEN at % 2 = 0 THEN now() END
       FROM (SELECT id, row_number() OVER () AS at FROM content) AS content`,
      [queue],
    );
    await dataSource.query(
      `INSERT INTO decision (id, case_id, moderator_id, lease_token, verdict, reason, machine_verdict, policy_name,
                             policy_version, decided_at)
       SELECT gen_random_uuid(), id, $1, gen_random_uuid(), 'block', 'spam', 'review', 'default', 1, now()
       FROM moderation_case WHERE state = 'decided'`,
      [lee.id],
    );
    await dataSource.query(
      `INSERT INTO case_exclusion (case_id, moderator_id, reason) SELECT case_id, moderator_id, 'decided' FROM decision`,
    );
    await dataSource.query(
      `INSERT INTO golden_case (id, content_id, case_id, queue, verdict, note, made_by)
       SELECT id, content_id, id, queue, 'block', 'known', $1 FROM moderation_case WHERE state = 'decided' LIMIT 500`,
      [lee.id],
    );
    await dataSource.query('ANALYZE');
    const [last]: [{ id: string }] = await dataSource.query(
      `SELECT id FROM moderation_case WHERE state = 'decided' ORDER BY id DESC LIMIT 1`,
    );
    decided = last.id;
  });
  afterAll(() => database.drop());

  const nodesOf = (sql: string, values: unknown[]) => explained(database.dataSource, sql, values);
  const scansOfGrowing = (nodes: PlanNode[]) =>
    nodes
      .filter((node) => node['Node Type'] === 'Seq Scan' && growing.includes(node['Relation Name']!))
      .map((node) => node['Relation Name']);

  it('a golden case is found among hundreds, and looked for in no table that grows', async () => {
    const nodes = await nodesOf(chooseGoldenSql, [kim.id, queue]);
    expect(nodes[0]!['Actual Rows']).toBe(1);
    expect(scansOfGrowing(nodes)).toEqual([]);
    const [head] = nodes.filter((node) => node['Index Name'] === 'moderation_case_claim_idx');
    expect(head!['Actual Rows']).toBeLessThanOrEqual(50);
    // The first that fits ends the search.
    const [looked] = nodes.filter((node) => node['Index Name'] === 'content_sha256_idx');
    expect(looked!['Actual Loops']).toBe(1);
  });

  it('a second look is opened by probes of indexes only', async () => {
    const nodes = await nodesOf(openSecondLookSql, [randomUUID(), decided]);
    expect(scansOfGrowing(nodes)).toEqual([]);
    expect(nodes.filter((node) => node['Node Type'] === 'ModifyTable')).toHaveLength(3);
  });

  it('a claim passes over what is reserved for others, and reads no more than that', async () => {
    const reserved = 150;
    await database.dataSource.query(
      `INSERT INTO moderation_case (id, content_id, kind, queue, due_at, reserved_for)
       SELECT gen_random_uuid(), id, 'golden', $1, now() - interval '1 hour', $2 FROM content LIMIT ${reserved}`,
      [queue, lee.id],
    );
    const nodes = await nodesOf(claimSql(1, 1), [kim.id, ['open', 'appealed'], 'leased', 600, queue]);
    const [waiting] = nodes.filter((node) => node['Index Name'] === 'moderation_case_claim_idx');
    expect(waiting!['Rows Removed by Filter']).toBe(reserved);
    expect(waiting!['Actual Rows']).toBeLessThanOrEqual(2);
  });
});
