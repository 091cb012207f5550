import type { EntityManager } from 'typeorm';
import {
  type AuditedAct,
  auditEntriesOf,
  type DecisionEntity,
  insertAuditSql,
  isInherited,
  prepared,
  strongestFirst,
} from '#libs/database';
import type { CaseState } from '#libs/domain';
import { newId } from '#libs/platform';
import type { LockedCase } from './locked-case.queries.js';

/** A decision before it is stored: what the machines had said is read while it is. */
export type MadeDecision = Omit<DecisionEntity, 'machineVerdict'>;

/** A decision, the case that it is about, and the state that this is in after it. */
export interface Concluded {
  case: LockedCase;
  decision: MadeDecision;
  next: CaseState;
}

const rowsOf = (concluded: Concluded[]): string =>
  JSON.stringify(
    concluded.map(({ case: { contentId, kind }, decision, next }, place) => ({
      ...decision,
      contentId,
      kind,
      next,
      place,
      knownId: newId(),
    })),
  );

/**
 * The rows of `rowsOf`. The planner takes jsonb_to_recordset for a hundred rows, and would read a whole table for so
 * many; mostly it is one.
 */
const madeOf = (count: number): string => `
  SELECT * FROM jsonb_to_recordset($1) AS made (
    id uuid, "caseId" uuid, "contentId" uuid, kind text, next text, place integer, "knownId" uuid, "moderatorId" uuid,
    "leaseToken" uuid, verdict text, reason text, note text, "policyName" text, "policyVersion" integer,
    "supersedesId" uuid, "madeWithId" uuid, "timeSpentMs" integer, "decidedAt" timestamptz)
  ${count === 1 ? 'LIMIT 1' : ''}`;

/**
 * Decisions, the verdicts that they are on their contents, who is not given the cases again, and the cases' states. What
 * gateways answer for the pictures: the row before is revoked first, as the sub-select over it sees to, since one row per
 * picture is in force. What was done, for auditors. One statement, since people wait for it.
 */
const storeDecisionsSql = (count: number): string => `
  WITH made AS MATERIALIZED (${madeOf(count)}),
  decided AS (
    INSERT INTO decision (id, case_id, moderator_id, lease_token, verdict, reason, note, machine_verdict, policy_name,
                          policy_version, supersedes_id, made_with_id, time_spent_ms, decided_at)
    SELECT id, "caseId", "moderatorId", "leaseToken", made.verdict, reason, note,
           coalesce(machine.verdict, 'review'), "policyName", "policyVersion", "supersedesId", "madeWithId",
           "timeSpentMs", "decidedAt"
    FROM made LEFT JOIN LATERAL (
      SELECT verdict.verdict FROM verdict
      WHERE content_id = "contentId" AND tier <> 'human' AND NOT ${isInherited}
      ORDER BY ${strongestFirst} LIMIT 1) AS machine ON true),
  judged AS (
    INSERT INTO verdict (content_id, key, tier, verdict, policy_name, policy_version, categories, reasons, models, at)
    SELECT "contentId", 'human:' || id, 'human', verdict, "policyName", "policyVersion", '{}',
           jsonb_build_array(jsonb_build_object('kind', 'decision', 'caseId', "caseId", 'distance', 0)), '[]',
           "decidedAt"
    FROM made WHERE kind = 'content'),
  excluded AS (
    INSERT INTO case_exclusion (case_id, moderator_id, reason, at)
    SELECT "caseId", "moderatorId", 'decided', "decidedAt" FROM made
    ON CONFLICT DO NOTHING),
  no_longer_undecided AS (
    DELETE FROM undecided_picture USING made WHERE undecided_picture.case_id = made."caseId"),
  shown AS MATERIALIZED (
    SELECT DISTINCT ON (content.sha256) made.*, content.sha256, content.pdq, content.pdq_quality
    FROM made JOIN content ON content.id = "contentId"
    WHERE kind = 'content'
    ORDER BY content.sha256, place),
  revoked AS (
    UPDATE known_content SET revoked_at = "decidedAt"
    FROM shown WHERE known_content.sha256 = shown.sha256 AND revoked_at IS NULL
    RETURNING 1),
  remembered AS (
    INSERT INTO known_content (id, sha256, pdq, pdq_quality, verdict, case_id, decision_id, policy_name, policy_version,
                               expires_at)
    SELECT "knownId", sha256, pdq, pdq_quality, verdict, "caseId", id, "policyName", "policyVersion",
           CASE WHEN verdict = 'allow' THEN "decidedAt" + make_interval(days => $2) END
    FROM shown WHERE (SELECT count(*) FROM revoked) >= 0),
  audited AS (${insertAuditSql("'moderator'", '$3', '$4')})
  UPDATE moderation_case
  SET state = next, decided_at = "decidedAt", lease_token = NULL, lease_holder_id = NULL, lease_expires_at = NULL
  FROM made WHERE moderation_case.id = "caseId"`;

/**
 * Stores decisions, and what follows from each by itself. The latest decision on a picture is what gateways answer, and
 * revokes the one before; of several in this call the first. Decisions on the same picture under two cases take turns by
 * the picture's lock. moderation_case_pkey, verdict_pkey, known_content_in_force_idx.
 * @param concluded by one person
 * @param allowDays days after which gateways forget an allow; a block never is
 */
export const storeDecisions = async (
  transaction: EntityManager,
  concluded: [Concluded, ...Concluded[]],
  { allowDays, acts }: { allowDays: number; acts: AuditedAct[] },
): Promise<void> => {
  const { moderatorId } = concluded[0].decision;
  const values = [rowsOf(concluded), allowDays, moderatorId, auditEntriesOf(acts)];
  await prepared(transaction, storeDecisionsSql(concluded.length), values);
};
