import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { pino } from 'pino';
import {
  connectDatabase,
  type DataSource,
  ensureAppLogin,
  grantAppRole,
  hasVectorIndex,
  migrate,
  nearestSql,
  prepareVectorIndex,
  schemaDrift,
} from '#libs/database';
import { openBus } from '#libs/events';
import type { SimilarView } from '../../../apps/review/src/cases/similar/similar.dto.js';
import { aCase } from '../../builders/case.builder.js';
import { anEmbedding } from '../../builders/embedding.builder.js';
import { createTestDatabase, type TestDatabase } from '../database.js';
import { TestReview } from './test-review.js';

/**
 * `postgres://` of a superuser on a server that has pgvector 0.8 or later, such as Debian's postgresql-<version>-pgvector.
 * The Postgres that the tests bring has none: without the variable only its refusal is tested.
 */
const server = process.env.SLUICE_TEST_PGVECTOR;

describe('A database without pgvector', () => {
  it('is left as it is, with the reason', async () => {
    const database = await createTestDatabase();
    try {
      expect(await prepareVectorIndex(database.dataSource)).toEqual({ ok: false, code: 'no_pgvector' });
      expect(await hasVectorIndex(database.dataSource)).toBe(false);
    } finally {
      await database.drop();
    }
  });
});

const onServer = async (statement: string): Promise<void> => {
  const client = new pg.Client(server);
  await client.connect();
  await client.query(statement).finally(() => client.end());
};

/** Migrated, with the queues, and a login of the apps: as an operator prepares it. */
const createVectorDatabase = async (): Promise<TestDatabase> => {
  const name = `sluice_test_${randomBytes(6).toString('hex')}`;
  await onServer(`CREATE DATABASE ${name}`);
  const url = Object.assign(new URL(server!), { pathname: `/${name}` }).href;
  const appUrl = Object.assign(new URL(url), { username: `app_${name}`, password: 'secret' }).href;
  const dataSource = await connectDatabase({ url, poolSize: 5 });
  await migrate(dataSource);
  await ensureAppLogin(dataSource, appUrl);
  const logger = pino({ level: 'silent' });
  await (await openBus({ kafka: undefined }, { databaseUrl: url, logger, connections: 1 })).close();
  await grantAppRole(dataSource);
  const drop = async (): Promise<void> => {
    await dataSource.destroy();
    await onServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await onServer(`DROP ROLE app_${name}`);
  };
  return { url, appUrl, dataSource, drop };
};

/** Numbers as embeddings have them: none below 0. */
const someNumbers = (): number[] => Array.from({ length: 1280 }, () => Math.random() ** 2);

(server ? describe : describe.skip)('An index of embeddings', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let review: TestReview;
  beforeAll(async () => {
    database = await createVectorDatabase();
    ({ dataSource } = database);
    review = await TestReview.start({}, { on: database });
  });
  afterAll(() => review.stop());

  const embed = async (numbers: number[], sha256?: string): Promise<string> => {
    const { content } = await aCase()
      .about(sha256 ? { sha256 } : {})
      .store(dataSource);
    const { model, version, values } = anEmbedding(numbers);
    await dataSource.query(
      `INSERT INTO content_embedding (content_id, model, version, vector) VALUES ($1, $2, $3, decode($4, 'base64'))`,
      [content.id, model, version, values],
    );
    return content.id;
  };
  const near = (numbers: number[], by: number): number[] =>
    numbers.map((each) => each * (1 - by * Math.random()));
  const prepared = async () => {
    const result = await prepareVectorIndex(dataSource);
    if (!result.ok) throw new Error(result.code);
    return result.value;
  };

  it('finds what comparing one by one finds, follows what comes and goes, and leaves the schema in step', async () => {
    const person = await review.signIn({ role: 'senior' });
    const similarTo = async (id: string): Promise<SimilarView> =>
      (await review.send<SimilarView>('GET', `/v1/content/${id}/similar?limit=5`, person)).body;
    const numbers = someNumbers();
    const origin = await embed(numbers);
    for (const by of [0.1, 0.3, 0.5, 0.7]) await embed(near(numbers, by));
    for (let at = 0; at < 50; at++) await embed(someNumbers());
    const sha256 = randomBytes(32).toString('hex');
    await dataSource.query('UPDATE content SET sha256 = $2 WHERE id = $1', [
      origin,
      Buffer.from(sha256, 'hex'),
    ]);
    await embed(numbers, sha256);

    const exact = await similarTo(origin);
    expect(exact).toMatchObject({ searched: 56, of: 56 });
    expect(exact.similar.length).toBeGreaterThanOrEqual(4);

    expect(await prepared()).toMatchObject({
      embeddings: 56,
      models: [{ model: 'efficientnet-lite0', version: '1', numbers: 1280 }],
    });
    expect(await schemaDrift(dataSource)).toEqual([]);
    const indexed = await similarTo(origin);
    expect(indexed.similar.map(({ content }) => content.id)).toEqual(
      exact.similar.map(({ content }) => content.id),
    );
    indexed.similar.forEach(({ similarity }, at) =>
      expect(similarity).toBeCloseTo(exact.similar[at]!.similarity, 3),
    );
    // By the apps' own login, through the trigger.
    const app = await connectDatabase({ url: database.appUrl, poolSize: 1 });
    const { content } = await aCase().store(dataSource);
    const { model, version, values } = anEmbedding(near(numbers, 0.01));
    await app.query(
      `INSERT INTO content_embedding (content_id, model, version, vector) VALUES ($1, $2, $3, decode($4, 'base64'))`,
      [content.id, model, version, values],
    );
    expect((await similarTo(origin)).similar[0]!.content.id).toBe(content.id);
    await app.query('UPDATE content_embedding SET vector = NULL WHERE content_id = $1', [content.id]);
    await app.destroy();
    expect((await similarTo(origin)).similar[0]!.content.id).not.toBe(content.id);
    expect(
      await dataSource.query('SELECT 1 FROM content_embedding_halfvec WHERE content_id = $1', [content.id]),
    ).toEqual([]);
    // Made again nothing changes.
    expect(await prepared()).toMatchObject({ embeddings: 56 });
  });

  it('holds half-precision numbers as they are, and nothing that is no number', async () => {
    const numbers = [1, -2, 0.5, 2 ** -20, 0, -0.0999755859375];
    const [found]: { same: boolean; nothing: boolean }[] = await dataSource.query(
      `SELECT halfvec_of(decode($1, 'base64')) = $2::halfvec AS same,
              halfvec_of('\\x007c003c') IS NULL AND halfvec_of(NULL) IS NULL AS nothing`,
      [anEmbedding(numbers).values, JSON.stringify(numbers)],
    );
    expect(found).toEqual({ same: true, nothing: true });
    const { content } = await aCase().store(dataSource);
    await dataSource.query(
      `INSERT INTO content_embedding (content_id, model, version, vector) VALUES ($1, 'm', '1', '\\x007c003c')`,
      [content.id],
    );
  });

  it('is used by the search, also where the picture itself is left out', async () => {
    await prepared();
    const [{ id }]: [{ id: string }] = await dataSource.query(
      `SELECT content_id AS id FROM content_embedding_halfvec WHERE model = 'efficientnet-lite0' LIMIT 1`,
    );
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    // Of some dozens Postgres would rather read all.
    await runner.query('SET LOCAL enable_seqscan = off');
    await runner.query('SET LOCAL enable_bitmapscan = off');
    const plan = JSON.stringify(
      await runner.query(`EXPLAIN (FORMAT JSON) ${nearestSql(1280, true)}`, [
        id,
        'efficientnet-lite0',
        '1',
        100,
      ]),
    );
    await runner.rollbackTransaction();
    await runner.release();
    expect(plan).toMatch(/Index Scan[^{]*content_embedding_halfvec_[0-9a-f]{12}/);
    expect(plan).toContain('Order By');
  });
});
