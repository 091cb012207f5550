import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { dsaStatementSchema, statementSchema } from '#libs/domain';
import { main } from '../../../scripts/statements/export.js';
import { createTestDatabase, type TestDatabase } from '../database.js';
import { AppealScene } from './appeal-scene.js';

const count = 230;

describe('npm run statements:export', () => {
  let database: TestDatabase;
  let folder: string;
  const before = process.env.DATABASE_URL;

  beforeAll(async () => {
    database = await createTestDatabase();
    folder = await mkdtemp(path.join(tmpdir(), 'sluice-statements-'));
    process.env.DATABASE_URL = database.url;
    const content = await new AppealScene(database.dataSource).judged({});
    // Copies of the statement that was issued, as if verdicts of the 1st to the 3rd of February had been.
    await database.dataSource.query(
      `WITH copy AS (
         INSERT INTO verdict
         SELECT content_id, 'copy:' || n, tier, verdict, policy_name, policy_version, categories, reasons, models, at
         FROM verdict CROSS JOIN generate_series(1, $2) AS n WHERE content_id = $1 AND key = 'fast'
         RETURNING key),
       numbered AS (
         SELECT key, gen_random_uuid() AS id,
                timestamptz '2026-02-01T00:00:00Z' + make_interval(mins => 10 * (row_number() OVER ())::integer) AS at
         FROM copy)
       INSERT INTO statement_of_reasons (id, content_id, verdict_key, issued_at, document)
       SELECT numbered.id, $1, numbered.key, numbered.at,
              document || jsonb_build_object('id', numbered.id, 'issuedAt', to_char(numbered.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
       FROM numbered CROSS JOIN (SELECT document FROM statement_of_reasons WHERE content_id = $1) AS issued`,
      [content.id, count],
    );
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  afterAll(async () => {
    if (before === undefined) delete process.env.DATABASE_URL;
    else process.env.DATABASE_URL = before;
    await rm(folder, { recursive: true });
    await database.drop();
  });

  const run = async (...args: string[]) => {
    const said: string[] = [];
    jest.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line));
    jest.spyOn(console, 'error').mockImplementation((line: string) => void said.push(line));
    return { code: await main(args), said: said.join('\n') };
  };
  const linesOf = async (file: string): Promise<unknown[]> =>
    (await readFile(file, 'utf8'))
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as unknown);
  const period = ['--from', '2026-02-01', '--to', '2026-02-28'];

  it('writes every statement of the period once, as the transparency database takes it', async () => {
    const file = path.join(folder, 'all.jsonl');
    const { code, said } = await run(...period, '--file', file);
    expect([code, said]).toEqual([0, `${count} statements in ${file}.`]);
    const puids = (await linesOf(file)).map((line) => dsaStatementSchema.parse(line).puid);
    expect(new Set(puids).size).toBe(count);
  });

  it('writes them by the hundred, or as they are kept', async () => {
    const file = path.join(folder, 'batches.jsonl');
    await run(...period, '--file', file, '--batches');
    const batches = (await linesOf(file)) as { statements: unknown[] }[];
    expect(batches.map(({ statements }) => statements.length)).toEqual([100, 100, 30]);
    await run(...period, '--file', file, '--format', 'full');
    const full = await linesOf(file);
    expect(full.map((line) => statementSchema.parse(line).id)).toHaveLength(count);
  });

  it('keeps to the period', async () => {
    const file = path.join(folder, 'hour.jsonl');
    await run('--from', '2026-02-01T01:00:00Z', '--to', '2026-02-01T02:00:00Z', '--file', file);
    expect(await linesOf(file)).toHaveLength(6);
  });

  it('says what is wrong with its options, and writes nothing', async () => {
    const file = path.join(folder, 'none.jsonl');
    for (const wrong of [
      ['--file', file],
      ['--from', 'yesterday', '--to', '2026-02-02', '--file', file],
      ['--from', '2026-02-02', '--to', '2026-02-01', '--file', file],
      [...period, '--file', file, '--format', 'csv'],
    ]) {
      const { code, said } = await run(...wrong);
      expect(code).toBe(1);
      expect(said).toContain('npm run statements:export');
    }
    expect(await readdir(folder)).not.toContain('none.jsonl');
  });

  it('leaves no file where a statement would be refused, and names it', async () => {
    await database.dataSource.query('ALTER TABLE statement_of_reasons DISABLE TRIGGER USER');
    const [{ id }]: [{ id: string }] = await database.dataSource
      .query(
        `UPDATE statement_of_reasons SET document = jsonb_set(document, '{facts}', '""')
       WHERE id = (SELECT id FROM statement_of_reasons WHERE issued_at < '2026-02-28' ORDER BY issued_at DESC LIMIT 1)
       RETURNING id`,
      )
      .then(([rows]: [{ id: string }[]]) => rows as [{ id: string }]);
    await database.dataSource.query('ALTER TABLE statement_of_reasons ENABLE TRIGGER USER');
    const file = path.join(folder, 'refused.jsonl');
    await expect(main([...period, '--file', file])).rejects.toThrow(id);
    expect((await readdir(folder)).filter((name) => name.startsWith('refused'))).toEqual([]);
  });
});
