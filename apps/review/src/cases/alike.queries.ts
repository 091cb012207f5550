import type { DataSource, EntityManager } from 'typeorm';
import type { Likeness } from './decision.dto.js';
import { type LockedCase, lockedColumns, type LockedRow, lockedOf } from './locked-case.queries.js';

/** Bits of 256: as near as pictures are that gateways take for copies. */
export const nearDistance = 31;
/** of what one decision may conclude besides its own case */
export const maxAlike = 200;

/** Whose decision it is, and where they may decide. */
export interface Decider {
  id: string;
  queues: string[];
}

export interface AlikeCase {
  id: string;
  /** bits in which the PDQ hashes differ; 0 for the same bytes */
  distance: number;
  /** lower-case hex */
  sha256: string;
}

/**
 * What a decision on another case may conclude too: an open case that nobody else holds, and that this person may be
 * given. Audit samples stay, since what people say about them must depend on chance only; so do second looks and golden
 * cases.
 */
const mayJoin = (decider: string, queues: string): string => `
  c.kind = 'content' AND c.stage = 'open' AND c.audit_propensity IS NULL AND c.queue = ANY (${queues}::text[])
  AND (c.state = 'open' OR (
    c.state = 'leased' AND (c.lease_holder_id = ${decider} OR c.lease_expires_at <= clock_timestamp())))
  AND NOT EXISTS (SELECT FROM case_exclusion WHERE case_id = c.id AND moderator_id = ${decider})`;

const bits = (pdq: string): string => `('x' || encode(${pdq}, 'hex'))::bit(256)`;

const nearCopies = `
  UNION ALL
  SELECT case_id, bit_count(${bits('pdq')} # ${bits('(SELECT pdq FROM origin)')})::integer
  FROM undecided_picture WHERE bands && (SELECT neighbouring_bands(pdq) FROM origin)`;

/** content_sha256_idx and moderation_case_content_idx; for near copies a Bitmap Index Scan on undecided_picture_bands_idx. */
export const alikeSql = (likeness: Likeness): string => `
  WITH origin AS MATERIALIZED (
    SELECT content.sha256, CASE WHEN content.pdq_quality >= 50 THEN content.pdq END AS pdq
    FROM moderation_case JOIN content ON content.id = content_id WHERE moderation_case.id = $1),
  alike (id, distance) AS MATERIALIZED (
    SELECT c.id, 0
    FROM origin JOIN content ON content.sha256 = origin.sha256
    JOIN moderation_case AS c ON c.content_id = content.id AND c.kind = 'content'
    ${likeness === 'near' ? nearCopies : ''})
  SELECT c.id, min(alike.distance) AS distance, encode(content.sha256, 'hex') AS sha256
  FROM alike JOIN moderation_case AS c ON c.id = alike.id JOIN content ON content.id = c.content_id
  WHERE alike.distance <= ${nearDistance} AND c.id <> $1 AND ${mayJoin('$2', '$3')}
  GROUP BY c.id, content.sha256
  ORDER BY distance, c.due_at, c.id
  LIMIT ${maxAlike}`;

/** Undecided cases alike, the nearest first, at most `maxAlike`. */
export const findAlike = (
  database: DataSource | EntityManager,
  caseId: string,
  likeness: Likeness,
  decider: Decider,
): Promise<AlikeCase[]> => database.query(alikeSql(likeness), [caseId, decider.id, decider.queues]);

/** Those of the cases that may still join, locked; those that somebody is taking at this moment are left to them. */
export const lockAlike = async (
  transaction: EntityManager,
  caseIds: string[],
  decider: Decider,
): Promise<LockedCase[]> => {
  if (caseIds.length === 0) return [];
  const rows: LockedRow[] = await transaction.query(
    `WITH locked AS MATERIALIZED (
       SELECT c.* FROM moderation_case AS c
       WHERE c.id = ANY ($1::uuid[]) AND ${mayJoin('$2', '$3')}
       ORDER BY c.id FOR UPDATE OF c SKIP LOCKED)
     SELECT ${lockedColumns} FROM locked`,
    [caseIds, decider.id, decider.queues],
  );
  return rows.map(lockedOf);
};
