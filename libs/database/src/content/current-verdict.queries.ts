import type { EntityManager } from 'typeorm';

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

/**
 * Derives the verdict that holds now, and whether it is final, from all that is recorded about these contents. Call it
 * last in the transaction that recorded something, with the contents' rows locked by it.
 */
export const renewCurrentVerdicts = async (
  transaction: EntityManager,
  contentIds: string[],
): Promise<void> => {
  // verdict_pkey: Index Scan per content, a handful of rows each; moderation_case_content_idx for the open case.
  await transaction.query(
    `UPDATE content
     SET verdict = strongest.verdict, tier = strongest.tier,
         policy_name = strongest.policy_name, policy_version = strongest.policy_version,
         final = (strongest.tier = 'human' OR content.settled OR strongest.inherited) AND NOT EXISTS (
           SELECT FROM moderation_case
           WHERE content_id = content.id AND kind = 'content' AND state NOT IN ('decided', 'closed')),
         updated_at = now()
     FROM unnest($1::uuid[]) AS renewed (id)
     CROSS JOIN LATERAL (
       SELECT verdict, tier, policy_name, policy_version, ${isInherited} AS inherited FROM verdict
       WHERE content_id = renewed.id ORDER BY ${strongestFirst} LIMIT 1) AS strongest
     WHERE content.id = renewed.id`,
    [contentIds],
  );
};
