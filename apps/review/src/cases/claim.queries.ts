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

/**
 * How many cases a claim may pass over in each queue because other claims are taking them at that moment: more than
 * there are connections. It also tells the planner to walk along the index rather than to sort a queue.
 */
const passedOverAtMost = 1000;
/** Of leases that have run out, the oldest so many per queue: they are rare, but for a moment after an outage. */
const runOutAtOnce = 100;

const mayBeGiven = `
  stage = ANY ($2::text[]) AND (reserved_for IS NULL OR reserved_for = $1)
  AND NOT EXISTS (SELECT FROM case_exclusion WHERE case_id = moderation_case.id AND moderator_id = $1 OFFSET 0)`;

/** What waits in one queue, in its order. */
const waitingIn = (queue: string): string => `
  (SELECT id, due_at, xmin AS version FROM moderation_case
   WHERE queue = ${queue} AND state IN ('open', 'escalated', 'appealed') AND ${mayBeGiven}
   ORDER BY due_at, id LIMIT ${passedOverAtMost})`;

/** What was held for too long, in any of the queues. */
const heldTooLong = (queues: string[]): string => `
  (SELECT run_out.* FROM unnest(ARRAY[${queues.join(', ')}]::text[]) AS queue (name)
   CROSS JOIN LATERAL (
     SELECT id, due_at, xmin AS version FROM moderation_case
     WHERE queue = queue.name AND state = 'leased' AND lease_expires_at <= now() AND ${mayBeGiven}
     ORDER BY lease_expires_at LIMIT ${runOutAtOnce}) AS run_out
   ORDER BY due_at, id)`;

/**
 * Leases the most urgent cases. One probe per queue of moderation_case_claim_idx, and of moderation_case_lease_idx for
 * leases that have run out; a Merge Append reads them side by side in the order of due_at, and stops as soon as enough
 * rows are locked: what it costs does not depend on how much waits, is held, or is decided. Passed over are rows that
 * another claim is taking at this moment, golden cases that are reserved for others (few for each of them), and cases that
 * this person is excluded from (case_exclusion_pkey; behind OFFSET 0, so that it is asked row by row).
 *
 * A row that changed since the statement began is left to the next claim (xmin): what excludes people from it may have
 * been written after this statement looked.
 */
export const claimSql = (queueCount: number, count: number): string => {
  const queues = Array.from({ length: queueCount }, (_, at) => `$${at + firstQueue}`);
  return `
  WITH next AS MATERIALIZED (
    SELECT locked.id
    FROM (${[...queues.map(waitingIn), heldTooLong(queues)].join(' UNION ALL ')}
      ORDER BY due_at, id LIMIT ${passedOverAtMost}) AS head
    CROSS JOIN LATERAL (
      SELECT id FROM moderation_case AS c WHERE c.id = head.id AND c.xmin = head.version
      FOR UPDATE SKIP LOCKED) AS locked
    ORDER BY head.due_at, head.id
    LIMIT ${count}),
  c AS (
    UPDATE moderation_case
    SET state = $3, lease_token = gen_random_uuid(), lease_holder_id = $1, leased_at = now(),
        lease_expires_at = now() + make_interval(secs => $4)
    FROM next
    WHERE moderation_case.id = next.id
    RETURNING moderation_case.*)
  ${caseViewSql('c')}
  ORDER BY c.due_at, c.id`;
};
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
