import type { HumanVerdict } from '#libs/domain';
import type { DataSource } from 'typeorm';

/** A person's decision on a picture, as gateways hold it. */
export interface KnownContent {
  id: string;
  sha256: string;
  pdq: string | null;
  pdqQuality: number | null;
  verdict: HumanVerdict;
  caseId: string;
  policyName: string;
  policyVersion: number;
  expiresAt: Date | null;
  /** set: forget it */
  revokedAt: Date | null;
}

/** Where to go on reading: opaque to callers. */
export type Watermark = string & { readonly brand: 'known-content watermark' };

const pageSize = 10_000;

/**
 * Hands over every known picture written since `since` (all, revoked ones aside, without it) in pages, and returns
 * where the next read goes on. Free of gaps: the mark is the oldest transaction that was still running, so a row
 * committed late by an early transaction is seen by the next read. A row may be handed over twice; only its last
 * state counts, and rows of one read are consistent with each other.
 */
export const readKnownContent = (
  dataSource: DataSource,
  since: Watermark | undefined,
  onPage: (rows: KnownContent[]) => void,
): Promise<Watermark> =>
  dataSource.transaction('REPEATABLE READ', async (manager) => {
    const [{ mark }]: [{ mark: Watermark }] = await manager.query(
      'SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS mark',
    );
    let last = { changeTx: since ?? '0', id: '00000000-0000-0000-0000-000000000000' };
    for (;;) {
      // known_content_change_tx_idx: an Index Scan from the mark on, and an Incremental Sort
      // by id within each transaction; usually it finds nothing.
      const rows: (KnownContent & { changeTx: string })[] = await manager.query(
        `SELECT id, encode(sha256, 'hex') AS sha256, encode(pdq, 'hex') AS pdq, pdq_quality AS "pdqQuality", verdict,
                case_id AS "caseId", policy_name AS "policyName", policy_version AS "policyVersion",
                expires_at AS "expiresAt", revoked_at AS "revokedAt", change_tx AS "changeTx"
         FROM known_content
         WHERE (change_tx, id) > ($1, $2) AND ($3 OR revoked_at IS NULL)
         ORDER BY change_tx, id
         LIMIT $4`,
        [last.changeTx, last.id, since !== undefined, pageSize],
      );
      if (rows.length > 0) onPage(rows.map(({ changeTx: _, ...row }) => row));
      if (rows.length < pageSize) return mark;
      last = rows.at(-1)!;
    }
  });
