import type { EntityManager } from 'typeorm';
import { after, type PolicyRef } from '#libs/domain';
import { idsParameter, prepared } from '../connection/prepared.js';
import {
  type ChangedVerdict,
  isInherited,
  renewCurrentVerdicts,
} from '../content/current-verdict.queries.js';

/*
 * A picture (its bytes, by SHA-256) needs a person once, however many contents show it. Locks are taken in one order by
 * all: pictures, then a case, then contents by their ids.
 */

/**
 * Until the transaction ends nobody else decides on these pictures, or opens cases about them: a case can neither slip
 * in beside a decision nor two decisions both find nothing to revoke.
 * @param sha256s lower-case hex
 */
export const lockPictures = async (transaction: EntityManager, sha256s: string[]): Promise<void> => {
  await transaction.query(
    `SELECT pg_advisory_xact_lock(key)
     FROM (SELECT DISTINCT hashtextextended(sha256, 0) AS key FROM unnest($1::text[]) AS sha256 ORDER BY 1) AS pictures`,
    [sha256s],
  );
};

/** A content that waits for another's case, or has a decision from elsewhere: it follows the decisions on its picture. */
const followsOthers = `
  EXISTS (SELECT FROM case_content WHERE content_id = content.id)
  OR EXISTS (SELECT FROM verdict WHERE content_id = content.id AND ${isInherited})`;

const isLike = (ids: string): string => `
  sha256 = ANY (ARRAY(SELECT sha256 FROM content WHERE id = ANY (${ids})))
  AND (id = ANY (${ids}) OR ${followsOthers} OR EXISTS (
    SELECT FROM moderation_case
    WHERE content_id = content.id AND kind = 'content' AND state NOT IN ('decided', 'closed')))`;

/**
 * Locks the contents and those of the same pictures that wait for a person, or follow what is decided on them: an event
 * about one of them that arrives now waits until all that follows from the decision is stored. content_sha256_idx,
 * moderation_case_content_idx, case_content_pkey, verdict_pkey.
 * @param also contents that are locked with them, since all are locked in one order
 * @returns the ids of all of them
 */
export const lockContentsLike = async (
  transaction: EntityManager,
  contentIds: string[],
  also: string[] = [],
): Promise<string[]> => {
  const ids = idsParameter(contentIds);
  const rows = await prepared<{ id: string }>(
    transaction,
    also.length === 0
      ? `SELECT id FROM content WHERE ${isLike(ids.sql)} ORDER BY id FOR NO KEY UPDATE`
      : `SELECT id FROM content
         WHERE id IN (SELECT id FROM content WHERE ${isLike(ids.sql)} UNION SELECT unnest($2::uuid[]))
         ORDER BY id FOR NO KEY UPDATE`,
    also.length === 0 ? [ids.value] : [ids.value, also],
  );
  return rows.map(({ id }) => id);
};

/** A block holds for good; an allow until it expires, and only under the policy version that it was given under. */
const inForceUnder = (policyName: string, policyVersion: string): string => `
  known.revoked_at IS NULL AND (known.verdict = 'block' OR (
    known.policy_name = ${policyName} AND known.policy_version = ${policyVersion}
    AND (known.expires_at IS NULL OR known.expires_at > clock_timestamp())))`;

const inheritedVerdict = `
  'known:' || decision.id, 'known', known.verdict, known.policy_name, known.policy_version, '{}'::jsonb,
  jsonb_build_array(jsonb_build_object('kind', 'decision', 'caseId', known.case_id, 'distance', 0)), '[]'::jsonb,
  decision.decided_at`;
const verdictColumns =
  'content_id, key, tier, verdict, policy_name, policy_version, categories, reasons, models, at';

/**
 * Concludes the cases of the same pictures that nobody holds, with the decision on each that is in force, if there is
 * one, and what waits for those cases. Audit samples stay: what people say about them must depend on chance only. So does
 * a case with a decision of its own that somebody disputes: that one would hold against any other, with nobody to say
 * which is right. Call it with the pictures and the contents locked. decision_case_id_idx.
 * @returns the verdicts that changed by that
 */
export const settleCasesLike = async (
  transaction: EntityManager,
  contentIds: string[],
): Promise<ChangedVerdict[]> => {
  const settled = await prepared<{ contentId: string }>(
    transaction,
    `WITH settled AS (
       UPDATE moderation_case AS c
       SET state = $2, decided_at = clock_timestamp(), lease_token = NULL, lease_holder_id = NULL, lease_expires_at = NULL
       FROM content JOIN known_content AS known ON known.sha256 = content.sha256
       WHERE content.sha256 = ANY (ARRAY(SELECT sha256 FROM content WHERE id = ANY ($1::uuid[])))
         AND c.content_id = content.id AND c.kind = 'content' AND c.stage <> 'appealed'
         AND (c.state IN ('open', 'escalated') OR (c.state = 'leased' AND c.lease_expires_at <= clock_timestamp()))
         AND c.audit_propensity IS NULL AND NOT EXISTS (SELECT FROM decision WHERE case_id = c.id)
         AND ${inForceUnder('content.policy_name', 'content.policy_version')}
       RETURNING c.id, c.content_id, known.id AS known_id),
     forgotten AS (DELETE FROM undecided_picture USING settled WHERE case_id = settled.id),
     follower AS (
       SELECT content_id, known_id FROM settled
       UNION
       SELECT case_content.content_id, known_id FROM settled JOIN case_content ON case_content.case_id = settled.id)
     INSERT INTO verdict (${verdictColumns})
     SELECT follower.content_id, ${inheritedVerdict}
     FROM follower JOIN known_content AS known ON known.id = known_id JOIN decision ON decision.id = known.decision_id
     ON CONFLICT DO NOTHING
     RETURNING content_id AS "contentId"`,
    [contentIds, after('open', 'settle')],
  );
  return renewCurrentVerdicts(
    transaction,
    settled.map((row) => row.contentId),
  );
};

/**
 * Gives each decision to the contents that wait for its case, and to those that have an earlier decision on the case:
 * what was settled by a decision follows the one that replaces it. Call it with the pictures and the contents locked.
 */
export const passOnDecisions = async (transaction: EntityManager, decisionIds: string[]): Promise<void> => {
  await prepared(
    transaction,
    `INSERT INTO verdict (${verdictColumns})
     SELECT follower.id, 'known:' || decision.id, 'known', decision.verdict, decision.policy_name,
            decision.policy_version, '{}',
            jsonb_build_array(jsonb_build_object('kind', 'decision', 'caseId', decision.case_id, 'distance', 0)), '[]',
            decision.decided_at
     FROM decision
     JOIN moderation_case AS c ON c.id = decision.case_id AND c.kind = 'content'
     JOIN content AS origin ON origin.id = c.content_id
     JOIN content AS follower ON follower.sha256 = origin.sha256
     WHERE decision.id = ANY ($1::uuid[]) AND (
       EXISTS (SELECT FROM case_content WHERE content_id = follower.id AND case_id = c.id)
       OR EXISTS (
         SELECT FROM decision AS earlier
         JOIN verdict ON verdict.content_id = follower.id AND verdict.key = 'known:' || earlier.id
         WHERE earlier.case_id = c.id AND earlier.id <> decision.id))
     ON CONFLICT DO NOTHING`,
    [decisionIds],
  );
};

/**
 * Gives contents the decision in force on their picture. Those that have a case, wait for one, or have such a verdict
 * keep what they have: an event that comes again, later, must not find another answer. Call it with the pictures locked.
 */
export const inheritDecisions = async (
  transaction: EntityManager,
  contents: { contentId: string; policy: PolicyRef }[],
): Promise<void> => {
  await transaction.query(
    `INSERT INTO verdict (${verdictColumns})
     SELECT content.id, ${inheritedVerdict}
     FROM jsonb_to_recordset($1) AS wanted ("contentId" uuid, policy jsonb)
     JOIN content ON content.id = wanted."contentId"
     JOIN known_content AS known ON known.sha256 = content.sha256
     JOIN decision ON decision.id = known.decision_id
     WHERE ${inForceUnder(`wanted.policy->>'name'`, `(wanted.policy->>'version')::integer`)}
       AND NOT EXISTS (SELECT FROM moderation_case WHERE content_id = content.id AND kind = 'content')
       AND NOT EXISTS (SELECT FROM case_content WHERE content_id = content.id)
       AND NOT EXISTS (SELECT FROM verdict WHERE content_id = content.id AND ${isInherited})`,
    [JSON.stringify(contents)],
  );
};
