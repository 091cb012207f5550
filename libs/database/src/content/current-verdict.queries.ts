import type { Tier, Verdict } from '#libs/domain';
import type { EntityManager } from 'typeorm';
import { idsParameter, prepared } from '../connection/prepared.js';
import { isWantedSql } from '../webhooks/outbox.queries.js';

/**
 * A verdict that the ledger wrote instead of asking a person, because one had decided on the very same picture under
 * another case: `known:<decision id>`.
 */
export const isInherited = `key LIKE 'known:%'`;

/**
 * A person's word stands above a model's, first on this content, then on the same picture elsewhere; a deep model's
 * above a fast one's and a hash list's; among equals the latest, and the key where two are as late. A rule over the set
 * of verdicts: in which order they came does not matter.
 */
export const strongestFirst = `
  CASE WHEN tier = 'human' THEN 3 WHEN ${isInherited} THEN 2 WHEN tier = 'deep' THEN 1 ELSE 0 END DESC,
  at DESC, key COLLATE "C" DESC`;

/** A content whose verdict is another now, or became final. */
export interface ChangedVerdict {
  contentId: string;
  verdict: Verdict;
  tier: Tier;
  final: boolean;
  /** whether a webhook endpoint wants to hear of it */
  isAwaited: boolean;
}

/**
 * Derives the verdict that holds now, and whether it is final, from all that is recorded about these contents. An appeal
 * is about one content: the verdicts of others that waited for the same case stay final meanwhile. Call it
 * last in the transaction that recorded something, with the contents' rows locked by it.
 * @returns what changed by that, in the order of the contents' ids: what `queueVerdicts` tells webhooks about
 */
export const renewCurrentVerdicts = (
  transaction: EntityManager,
  contentIds: string[],
): Promise<ChangedVerdict[]> => {
  const ids = idsParameter(contentIds);
  // verdict_pkey: Index Scan per content, a handful of rows each; moderation_case_content_idx and
  // case_content_pkey for the undecided case.
  return prepared<ChangedVerdict>(
    transaction,
    `WITH renewed AS (
       UPDATE content
       SET verdict = strongest.verdict, tier = strongest.tier,
           policy_name = strongest.policy_name, policy_version = strongest.policy_version,
           category = worst.category,
           final = (strongest.tier = 'human' OR content.settled OR strongest.inherited) AND NOT EXISTS (
             SELECT FROM moderation_case
             WHERE content_id = content.id AND kind = 'content' AND state NOT IN ('decided', 'closed'))
             AND NOT EXISTS (
             SELECT FROM case_content JOIN moderation_case AS shared ON shared.id = case_content.case_id
             WHERE case_content.content_id = content.id AND shared.state NOT IN ('decided', 'closed')
               AND shared.stage <> 'appealed'),
           updated_at = now()
       FROM (SELECT id, verdict, final FROM content WHERE id = ANY (${ids.sql})) AS before
       CROSS JOIN LATERAL (
         SELECT verdict, tier, policy_name, policy_version, ${isInherited} AS inherited FROM verdict
         WHERE content_id = before.id ORDER BY ${strongestFirst} LIMIT 1) AS strongest
       LEFT JOIN LATERAL (
         SELECT reason->>'category' AS category FROM verdict CROSS JOIN LATERAL jsonb_array_elements(reasons) AS reason
         WHERE content_id = before.id AND reason->>'kind' = 'score'
         ORDER BY (reason->>'score')::double precision DESC, 1 LIMIT 1) AS worst ON true
       WHERE content.id = before.id
       RETURNING content.id, content.verdict, content.tier, content.final,
                 content.verdict IS DISTINCT FROM before.verdict OR (content.final AND NOT before.final) AS changed)
     SELECT id AS "contentId", verdict, tier, final, (${isWantedSql("ARRAY['content.verdict']")}) AS "isAwaited"
     FROM renewed WHERE changed ORDER BY id`,
    [ids.value],
  );
};
