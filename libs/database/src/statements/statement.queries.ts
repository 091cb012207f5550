import type { Statement } from '#libs/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { strongestFirst } from '../content/current-verdict.queries.js';

/**
 * A statement becomes part of a list this long after it was issued: by then the transaction that issued it has ended, so
 * that no list leaves one out that is older than its end.
 */
export const statementsSettleSeconds = 60;

/** From which instant on, and before which. */
export interface StatementPeriod {
  from?: Date | undefined;
  to?: Date | undefined;
}

/**
 * The statement of the restriction that holds for a content; undefined where none holds. content_pkey, verdict_pkey,
 * statement_of_reasons_content_id_verdict_key_key.
 */
export const statementOfContent = async (
  database: DataSource | EntityManager,
  contentId: string,
): Promise<Statement | undefined> => {
  const [row]: { document: Statement }[] = await database.query(
    `SELECT document FROM statement_of_reasons
     WHERE content_id = $1 AND verdict_key = (
       SELECT key FROM verdict WHERE content_id = $1 AND verdict = 'block'
         AND EXISTS (SELECT FROM content WHERE id = $1 AND verdict = 'block')
       ORDER BY ${strongestFirst} LIMIT 1)`,
    [contentId],
  );
  return row?.document;
};

/** In the order in which they were issued. An Index Scan on statement_of_reasons_issued_at_id_idx. */
export const statementsIssued = async (
  dataSource: DataSource,
  { from, to }: StatementPeriod,
  after: { at: Date; id: string } | undefined,
  limit: number,
): Promise<Statement[]> => {
  const rows: { document: Statement }[] = await dataSource.query(
    `SELECT document FROM statement_of_reasons
     WHERE (issued_at, id) > (greatest($1::timestamptz, $3::timestamptz), $4::uuid)
       AND issued_at >= $1
       AND issued_at < least($2::timestamptz, now() - make_interval(secs => $5))
     ORDER BY issued_at, id LIMIT $6`,
    [
      from ?? new Date(0),
      to ?? null,
      after?.at ?? null,
      after?.id ?? '00000000-0000-0000-0000-000000000000',
      statementsSettleSeconds,
      limit,
    ],
  );
  return rows.map(({ document }) => document);
};
