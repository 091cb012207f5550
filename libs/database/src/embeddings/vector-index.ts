import type { DataSource, EntityManager } from 'typeorm';
import { appRole } from '../connection/app-role.js';

/** Why there is no index of embeddings: then similar pictures are searched for one by one. */
export type VectorIndexRefusal = 'no_pgvector' | 'pgvector_too_old' | 'not_allowed';

export interface VectorIndex {
  /** of pgvector */
  version: string;
  /** embeddings of these have an index */
  models: { model: string; version: string; numbers: number }[];
  embeddings: number;
}

/** Any number that nobody else locks: "vector" on a telephone keypad. */
const indexLock = 832867;
const insufficientPrivilege = '42501';
/** Iterative scans go on where a filter throws away what the index found first. */
const oldest = [0, 8] as const;
/** embeddings in one transaction: each is a millisecond or two of the server's time */
const batch = 500;

/**
 * Keeps a copy of every embedding that pgvector can index, beside the migrations' tables, and indexes it by model. A
 * trigger keeps it in step, so that who writes embeddings, or erases them, need not know of it. Call it as the tables'
 * owner, and again once a new model writes embeddings: it makes what is missing.
 *
 * @param onProgress told how many of how many embeddings were copied
 */
export const prepareVectorIndex = async (
  dataSource: DataSource,
  onProgress: (copied: number, of: number) => void = () => undefined,
): Promise<{ ok: true; value: VectorIndex } | { ok: false; code: VectorIndexRefusal }> => {
  const runner = dataSource.createQueryRunner();
  await runner.connect();
  try {
    // An index of a million embeddings is not made within the usual limit.
    await runner.query('SET statement_timeout = 0');
    await runner.query('SELECT pg_advisory_lock($1)', [indexLock]);
    try {
      const version = await ensureExtension(runner.manager);
      if (!version.ok) return version;
      await ensureCopies(runner.manager);
      // Before the trigger: from then on the apps write here.
      await grantCopies(runner.manager);
      await ensureTrigger(runner.manager);
      const embeddings = await copyMissing(runner.manager, onProgress);
      const models = await ensureIndexes(runner.manager);
      return { ok: true, value: { version: version.value, models, embeddings } };
    } finally {
      await runner.query('SELECT pg_advisory_unlock($1)', [indexLock]);
      await runner.query('RESET statement_timeout');
    }
  } finally {
    await runner.release();
  }
};

/** Whether `prepareVectorIndex` was called for this database. */
export const hasVectorIndex = async (database: DataSource | EntityManager): Promise<boolean> => {
  const [{ stands }]: [{ stands: boolean }] = await database.query(
    `SELECT to_regclass('content_embedding_halfvec') IS NOT NULL AS stands`,
  );
  return stands;
};

const ensureExtension = async (
  database: EntityManager,
): Promise<{ ok: true; value: string } | { ok: false; code: VectorIndexRefusal }> => {
  const [found]: ({ default_version: string; installed_version: string | null } | undefined)[] =
    await database.query(
      `SELECT default_version, installed_version FROM pg_available_extensions WHERE name = 'vector'`,
    );
  if (!found) return { ok: false, code: 'no_pgvector' };
  const version = found.installed_version ?? found.default_version;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major === oldest[0] && minor < oldest[1]) return { ok: false, code: 'pgvector_too_old' };
  try {
    await database.query('CREATE EXTENSION IF NOT EXISTS vector');
  } catch (error) {
    if ((error as { code?: string }).code === insufficientPrivilege)
      return { ok: false, code: 'not_allowed' };
    throw error;
  }
  return { ok: true, value: version };
};

/**
 * pgvector has no cast from bytes: each number is put together from its two. What is infinite or no number makes no
 * vector (null). About a millisecond for 1280 numbers, thirty if the bytes were read from where they are stored for each.
 */
const ensureCopies = async (database: EntityManager): Promise<void> => {
  await database.query(`
    CREATE OR REPLACE FUNCTION halfvec_of(halves bytea) RETURNS halfvec LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
    DECLARE
      bytes bytea := halves || ''::bytea;
      numbers real[] := ARRAY(
        SELECT (CASE WHEN half >= 32768 THEN -1 ELSE 1 END * CASE (half >> 10) & 31
                  WHEN 0 THEN (half & 1023) * 2::float8 ^ -24
                  WHEN 31 THEN NULL
                  ELSE (1024 + (half & 1023)) * 2::float8 ^ (((half >> 10) & 31) - 25) END)::real
        FROM (SELECT at, get_byte(bytes, 2 * at) + 256 * get_byte(bytes, 2 * at + 1) AS half
              FROM generate_series(0, octet_length(bytes) / 2 - 1) AS at OFFSET 0) AS halved
        ORDER BY at);
    BEGIN
      RETURN CASE WHEN array_position(numbers, NULL) IS NULL THEN numbers::halfvec END;
    END $$`);
  await database.query(`
    CREATE TABLE IF NOT EXISTS content_embedding_halfvec (
      content_id uuid    PRIMARY KEY REFERENCES content_embedding,
      model      text    NOT NULL,
      version    text    NOT NULL,
      vector     halfvec NOT NULL
    )`);
};

/** As `grantAppRole` does after the next migration. */
const grantCopies = async (database: EntityManager): Promise<void> => {
  const found: unknown[] = await database.query('SELECT FROM pg_roles WHERE rolname = $1', [appRole]);
  if (found.length > 0)
    await database.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON content_embedding_halfvec TO ${appRole}`);
};

const ensureTrigger = async (database: EntityManager): Promise<void> => {
  await database.query(`
    CREATE OR REPLACE FUNCTION copy_embedding() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      copied halfvec := halfvec_of(NEW.vector);
    BEGIN
      DELETE FROM content_embedding_halfvec WHERE content_id = NEW.content_id;
      IF copied IS NOT NULL THEN
        INSERT INTO content_embedding_halfvec (content_id, model, version, vector)
        VALUES (NEW.content_id, NEW.model, NEW.version, copied);
      END IF;
      RETURN NULL;
    END $$`);
  await database.query(`
    CREATE OR REPLACE TRIGGER content_embedding_copied AFTER INSERT OR UPDATE ON content_embedding
    FOR EACH ROW EXECUTE FUNCTION copy_embedding()`);
};

/** What was written before there was a trigger. An embedding that is erased meanwhile is locked, and not copied after. */
const copyMissing = async (
  database: EntityManager,
  onProgress: (copied: number, of: number) => void,
): Promise<number> => {
  const [{ total }]: [{ total: number }] = await database.query(
    'SELECT count(*)::integer AS total FROM content_embedding WHERE vector IS NOT NULL',
  );
  let after = '00000000-0000-0000-0000-000000000000';
  for (let done = 0; ;) {
    // content_embedding_pkey
    const rows: { id: string }[] = await database.query(
      `WITH page AS MATERIALIZED (
         SELECT * FROM content_embedding WHERE content_id > $1 ORDER BY content_id LIMIT $2 FOR SHARE),
       missing AS MATERIALIZED (
         SELECT * FROM page WHERE vector IS NOT NULL
           AND NOT EXISTS (SELECT FROM content_embedding_halfvec AS copy WHERE copy.content_id = page.content_id)),
       copied AS (
         INSERT INTO content_embedding_halfvec (content_id, model, version, vector)
         SELECT content_id, model, version, halves
         FROM missing CROSS JOIN LATERAL (SELECT halfvec_of(vector) AS halves OFFSET 0) AS halved
         WHERE halves IS NOT NULL ON CONFLICT DO NOTHING)
       SELECT content_id AS id FROM page ORDER BY content_id`,
      [after, batch],
    );
    done += rows.length;
    onProgress(Math.min(done, total), total);
    if (rows.length < batch) return total;
    after = rows.at(-1)!.id;
  }
};

/** pgvector indexes vectors of one length: one partial index a model. Made beside running apps. */
const ensureIndexes = async (database: EntityManager): Promise<VectorIndex['models']> => {
  const models: VectorIndex['models'] = await database.query(
    `SELECT DISTINCT model, version, vector_dims(vector) AS numbers FROM content_embedding_halfvec ORDER BY 1, 2, 3`,
  );
  for (const { model, version, numbers } of models) {
    const [{ name, condition }]: [{ name: string; condition: string }] = await database.query(
      `SELECT 'content_embedding_halfvec_' || left(md5(format('%s %s %s', $1::text, $2::text, $3::integer)), 12) AS name,
              format('model = %L AND version = %L', $1::text, $2::text) AS condition`,
      [model, version, numbers],
    );
    await dropUnfinished(database, name);
    await database.query(
      `CREATE INDEX CONCURRENTLY IF NOT EXISTS ${name} ON content_embedding_halfvec
       USING hnsw ((vector::halfvec(${numbers})) halfvec_cosine_ops) WHERE ${condition}`,
    );
  }
  return models;
};

/** An index whose making was interrupted stays behind, and is not used. */
const dropUnfinished = async (database: EntityManager, name: string): Promise<void> => {
  const found: unknown[] = await database.query(
    'SELECT FROM pg_index WHERE indexrelid = to_regclass($1) AND NOT indisvalid',
    [name],
  );
  if (found.length > 0) await database.query(`DROP INDEX ${name}`);
};
