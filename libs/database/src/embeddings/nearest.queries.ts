import type { DataSource } from 'typeorm';

/** What is compared: an embedding among those of its model and version. */
export interface ComparedEmbedding {
  contentId: string;
  model: string;
  version: string;
  /** half-precision numbers, little endian */
  vector: Buffer;
}

export interface Neighbour {
  contentId: string;
  /** cosine of the angle between the two embeddings, −1 to 1 */
  similarity: number;
}

/** How many candidates an approximate search keeps: more find more of the true nearest, and take longer. */
const searchWidth = 200;

/**
 * The nearest of all embeddings by the index of `prepareVectorIndex`: an Index Scan of the model's partial hnsw index,
 * approximate; without one (a model that is new since) all are compared, in order.
 *
 * @param numbers of a vector
 * @param leaveOutSamePicture whether all contents of the picture are left out, or the content itself only
 */
export const nearestSql = (numbers: number, leaveOutSamePicture: boolean): string => {
  const vector = `vector::halfvec(${numbers})`;
  const origin = `(SELECT ${vector} FROM content_embedding_halfvec WHERE content_id = $1)`;
  const leftOut = leaveOutSamePicture
    ? 'ARRAY(SELECT same.id FROM content JOIN content AS same ON same.sha256 = content.sha256 WHERE content.id = $1)'
    : 'ARRAY[$1::uuid]';
  return `
    SELECT content_id AS "contentId", 1 - (${vector} <=> ${origin}) AS similarity
    FROM content_embedding_halfvec
    WHERE model = $2 AND version = $3 AND content_id <> ALL (${leftOut})
    ORDER BY ${vector} <=> ${origin} LIMIT $4`;
};

export const nearestByIndex = (
  dataSource: DataSource,
  { contentId, model, version, vector }: ComparedEmbedding,
  { limit, leaveOutSamePicture }: { limit: number; leaveOutSamePicture: boolean },
): Promise<Neighbour[]> =>
  dataSource.transaction(async (transaction) => {
    await transaction.query(`SET LOCAL hnsw.ef_search = ${searchWidth}`);
    await transaction.query('SET LOCAL hnsw.iterative_scan = strict_order');
    const sql = nearestSql(vector.length / 2, leaveOutSamePicture);
    const found: (Omit<Neighbour, 'similarity'> & { similarity: number | null })[] = await transaction.query(
      sql,
      [contentId, model, version, limit],
    );
    // What is no number is like nothing.
    return found.filter((each): each is Neighbour => Number.isFinite(each.similarity));
  });

/** How many embeddings there are to be compared with. content_embedding_model_idx, an Index Only Scan. */
export const countEmbeddings = async (
  dataSource: DataSource,
  { model, version }: { model: string; version: string },
): Promise<number> => {
  const [{ count }]: [{ count: number }] = await dataSource.query(
    `SELECT count(*)::integer AS count FROM content_embedding
     WHERE model = $1 AND version = $2 AND vector IS NOT NULL`,
    [model, version],
  );
  return count;
};

/** Null where there is none, `vector` null where it was erased. content_embedding_pkey. */
export const embeddingOf = async (
  dataSource: DataSource,
  contentId: string,
): Promise<(Omit<ComparedEmbedding, 'vector'> & { vector: Buffer | null }) | undefined> => {
  const [found]: (Omit<ComparedEmbedding, 'vector'> & { vector: Buffer | null })[] = await dataSource.query(
    'SELECT content_id AS "contentId", model, version, vector FROM content_embedding WHERE content_id = $1',
    [contentId],
  );
  return found;
};

/** The model whose embeddings came last. content_embedding_change_tx_idx, backwards. */
export const latestEmbeddedBy = async (
  dataSource: DataSource,
): Promise<{ model: string; version: string } | undefined> => {
  const [found]: { model: string; version: string }[] = await dataSource.query(
    'SELECT model, version FROM content_embedding WHERE vector IS NOT NULL ORDER BY change_tx DESC, content_id DESC LIMIT 1',
  );
  return found;
};
