import type { DataSource } from 'typeorm';

/** An embedding as those hold it who search among all. */
export interface StoredEmbedding {
  contentId: string;
  model: string;
  version: string;
  /** half-precision numbers, little endian; null: forget it */
  vector: Buffer | null;
}

/** Where to go on reading: opaque to callers. */
export type EmbeddingWatermark = string & { readonly brand: 'embedding watermark' };

/** Of 2.5 KB each: a page is some megabytes as text. */
const pageSize = 500;

interface Place {
  changeTx: string;
  contentId: string;
}
type Row = StoredEmbedding & Place;

const columns = `content_id AS "contentId", model, version, vector, change_tx AS "changeTx"`;

/**
 * Hands over what is stored, the latest first, until enough was read: all that was committed before. Free of gaps with
 * `readNewEmbeddings` from the mark on: it is the oldest transaction that was still running.
 *
 * @param onPage whether more are wanted
 */
export const readLatestEmbeddings = async (
  dataSource: DataSource,
  onPage: (rows: StoredEmbedding[]) => boolean,
): Promise<EmbeddingWatermark> => {
  const mark = await markNow(dataSource);
  let before: Place | undefined;
  for (;;) {
    // content_embedding_change_tx_idx, backwards
    const rows: Row[] = await dataSource.query(
      `SELECT ${columns} FROM content_embedding
       WHERE vector IS NOT NULL AND ($1::bigint IS NULL OR (change_tx, content_id) < ($1, $2::uuid))
       ORDER BY change_tx DESC, content_id DESC LIMIT $3`,
      [before?.changeTx ?? null, before?.contentId ?? null, pageSize],
    );
    const wantsMore = rows.length > 0 && onPage(rows);
    if (!wantsMore || rows.length < pageSize) return mark;
    before = rows.at(-1)!;
  }
};

/**
 * Hands over every embedding that was written or erased since a mark. One may be handed over twice.
 * @returns where the next read goes on
 */
export const readNewEmbeddings = async (
  dataSource: DataSource,
  since: EmbeddingWatermark,
  onPage: (rows: StoredEmbedding[]) => void,
): Promise<EmbeddingWatermark> => {
  const mark = await markNow(dataSource);
  let after: Place = { changeTx: since, contentId: '00000000-0000-0000-0000-000000000000' };
  for (;;) {
    // content_embedding_change_tx_idx; usually it finds nothing
    const rows: Row[] = await dataSource.query(
      `SELECT ${columns} FROM content_embedding WHERE (change_tx, content_id) > ($1, $2)
       ORDER BY change_tx, content_id LIMIT $3`,
      [after.changeTx, after.contentId, pageSize],
    );
    if (rows.length > 0) onPage(rows);
    if (rows.length < pageSize) return mark;
    after = rows.at(-1)!;
  }
};

const markNow = async (dataSource: DataSource): Promise<EmbeddingWatermark> => {
  const [{ mark }]: [{ mark: EmbeddingWatermark }] = await dataSource.query(
    'SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS mark',
  );
  return mark;
};
