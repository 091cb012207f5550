import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DataSource, inheritorsOf, statementOfContent, statementsIssued } from '#libs/database';
import { AppealsRepository } from '../../../apps/review/src/appeals/appeals.repository.js';
import { aModerator } from '../../builders/moderator.builder.js';
import { createTestDatabase, type TestDatabase } from '../database.js';
import { AppealScene } from './appeal-scene.js';

const rows = 100_000;

describe('plans over many appeals, statements and known blocks', () => {
  let database: TestDatabase;
  let contentId: string;
  const plans: string[] = [];

  /** Stands in for the data source: keeps the plan of what it is asked. */
  const explained = () =>
    ({
      query: async (text: string, values: unknown[]) => {
        const plan: { 'QUERY PLAN': string }[] = await database.dataSource.query(
          `EXPLAIN (COSTS OFF) ${text}`,
          values,
        );
        plans.push(plan.map((line) => line['QUERY PLAN']).join('\n'));
        return [];
      },
    }) as unknown as DataSource;
  const planOf = async (ask: (dataSource: DataSource) => Promise<unknown>): Promise<string> => {
    plans.length = 0;
    await ask(explained());
    return plans.join('\n');
  };

  beforeAll(async () => {
    database = await createTestDatabase();
    const scene = new AppealScene(database.dataSource);
    const kim = await aModerator(database.dataSource);
    const { content, caseId } = await scene.decided(kim);
    contentId = content.id;
    const query = database.dataSource.query.bind(database.dataSource);
    await query(
      `INSERT INTO content (id, sha256, media_type, width, height, bytes, surface, api_key_id, received_at, verdict,
                            tier, settled, final)
       SELECT gen_random_uuid(), sha256(n::text::bytea), 'image/jpeg', 1, 1, 1, 'default', gen_random_uuid(), now(),
              'block', 'known', true, true
       FROM generate_series(1, $1) AS n`,
      [rows],
    );
    await query(
      `INSERT INTO verdict
       SELECT id, 'known', 'known', 'block', 'default', 1, '{}',
              jsonb_build_array(jsonb_build_object('kind', 'decision', 'caseId', gen_random_uuid(), 'distance', 3)),
              '[]', now()
       FROM content WHERE id <> $1`,
      [contentId],
    );
    await query(
      `INSERT INTO moderation_case (id, content_id, queue, due_at, decided_at, state)
       SELECT gen_random_uuid(), id, 'general', now(), now(), 'decided' FROM content WHERE id <> $1`,
      [contentId],
    );
    await query(
      `INSERT INTO statement_of_reasons (id, content_id, verdict_key, issued_at, document)
       SELECT gen_random_uuid(), content_id, key, '2026-01-01'::timestamptz + make_interval(secs => row_number() OVER ()), '{}'
       FROM verdict WHERE key = 'known'`,
    );
    await query(
      `INSERT INTO appeal (id, content_id, case_id, filed_by, filed_at, state, concluded_at)
       SELECT gen_random_uuid(), content_id, $1, gen_random_uuid(),
              '2026-01-01'::timestamptz + make_interval(secs => n),
              CASE WHEN n % 100 = 0 THEN 'open' ELSE 'withdrawn' END, CASE WHEN n % 100 <> 0 THEN now() END
       FROM (SELECT content_id, row_number() OVER () AS n FROM verdict WHERE key = 'known') AS numbered`,
      [caseId],
    );
    for (const table of ['content', 'verdict', 'moderation_case', 'statement_of_reasons', 'appeal'])
      await query(`ANALYZE ${table}`);
  }, 120_000);
  afterAll(() => database.drop());

  const after = { at: new Date('2026-01-01T08:00:00Z'), id: '00000000-0000-0000-0000-000000000000' };

  it.each([
    ['the first page', {}, undefined, 'appeal_filed_at_id_idx'],
    ['a later page', {}, after, 'appeal_filed_at_id_idx'],
    ['those of a state', { state: 'open' as const }, undefined, 'appeal_state_filed_at_id_idx'],
    ['a later page of these', { state: 'open' as const }, after, 'appeal_state_filed_at_id_idx'],
  ])('of appeals, %s, walk along an index and sort nothing', async (_, filter, cursor, index) => {
    const plan = await planOf((dataSource) => new AppealsRepository(dataSource).page(filter, cursor, 50));
    expect(plan).toContain(index);
    expect(plan).not.toMatch(/Seq Scan|Sort/);
  });

  it('of statements in the order of their issue walk along an index and sort nothing', async () => {
    for (const cursor of [undefined, after]) {
      const plan = await planOf((dataSource) => statementsIssued(dataSource, {}, cursor, 100));
      expect(plan).toContain('statement_of_reasons_issued_at_id_idx');
      expect(plan).not.toMatch(/Seq Scan|Sort/);
    }
  });

  it('of one content probe indexes', async () => {
    const plans = [
      await planOf((dataSource) => statementOfContent(dataSource, contentId)),
      await planOf((dataSource) => new AppealsRepository(dataSource).ofContent(contentId)),
    ];
    for (const plan of plans) expect(plan).not.toContain('Seq Scan');
  });

  it('of what took over a block probe indexes, however many known blocks there are', async () => {
    const plan = await planOf((dataSource) => inheritorsOf(dataSource as never, contentId));
    expect(plan).toContain('verdict_known_block_idx');
    expect(plan).not.toContain('Seq Scan');
  });
});
