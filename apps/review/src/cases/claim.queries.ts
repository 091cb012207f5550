import type { DataSource } from 'typeorm';
import { prepared } from '#libs/database';
import { after, type CaseStage } from '#libs/domain';
import { type CaseViewRow, caseViewSql } from './case-view.js';

/** For whom, where, how many, for how long. */
export interface Claim {
  holderId: string;
  /** stages of cases that may be given to the holder */
  stages: CaseStage[];
  /** those in which the holder may claim; without one nothing is claimed */
  queues: string[];
  count: number;
  seconds: number;
}

/** Leases that have run out are rare, but for a moment after an outage; of more than these the oldest come first. */
const runOutAtOnce = 100;

const waiting = `state IN ('open', 'escalated', 'appealed')`;
const runOut = `state = 'leased' AND lease_expires_at <= now()`;

/** What waits in one queue in its order, read only as far as it is asked for; and what was held too long. */
const headsOf = (queue: string): string => `
  SELECT id, due_at, xmin AS version FROM moderation_case WHERE queue = ${queue} AND ${waiting}
  UNION ALL
  (SELECT id, due_at, xmin AS version FROM moderation_case WHERE queue = ${queue} AND ${runOut}
   ORDER BY lease_expires_at LIMIT ${runOutAtOnce})`;

/**
 * Leases the most urgent cases. Per queue one Index Scan on moderation_case_claim_idx and one on
 * moderation_case_lease_idx; a Merge Append reads them side by side in the order of due_at, and stops as soon as enough
 * rows are locked: what it costs does not depend on how much waits, is held, or is decided. Passed over are rows that
 * another claim is taking at this moment, and cases that this person is excluded from (case_exclusion_pkey).
 *
 * A row that changed since the statement began is left to the next claim (xmin): what excludes people from it may have
 * been written after this statement looked.
 */
export const claimSql = (queues: number, count: number): string => `
  WITH next AS MATERIALIZED (
    SELECT c.id
    FROM (${Array.from({ length: queues }, (_, at) => headsOf(`$${at + firstQueue}`)).join('\n  UNION ALL')}) AS head
    JOIN moderation_case AS c ON c.id = head.id
    WHERE c.xmin = head.version AND c.stage = ANY ($2::text[])
      AND NOT EXISTS (SELECT FROM case_exclusion WHERE case_id = c.id AND moderator_id = $1 OFFSET 0)
    ORDER BY head.due_at, head.id
    LIMIT ${count}
    FOR UPDATE OF c SKIP LOCKED),
  c AS (
    UPDATE moderation_case
    SET state = $3, lease_token = gen_random_uuid(), lease_holder_id = $1, leased_at = now(),
        lease_expires_at = now() + make_interval(secs => $4)
    FROM next
    WHERE moderation_case.id = next.id
    RETURNING moderation_case.*)
  ${caseViewSql('c')}
  ORDER BY c.due_at, c.id`;
const firstQueue = 5;

/** In one statement: the leases, and the cases as their holder sees them, the most urgent first. */
export const claimCases = async (
  dataSource: DataSource,
  { holderId, stages, queues, count, seconds }: Claim,
): Promise<CaseViewRow[]> => {
  if (queues.length === 0) return [];
  const text = claimSql(queues.length, count);
  const values = [holderId, stages, after('open', 'claim'), seconds, ...queues];
  // Each count is another text: only the one that every moderator uses all day is worth keeping.
  return count === 1 ? prepared(dataSource, text, values) : dataSource.query(text, values);
};
