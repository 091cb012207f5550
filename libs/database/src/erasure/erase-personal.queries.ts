import type { EntityManager } from 'typeorm';
import { eraseWebhookReferences } from '../webhooks/erase-webhook-data.queries.js';

/**
 * Takes out of these contents whatever may point to a person: the caller's reference, the words of moderators and
 * uploaders, and remembered answers. Verdicts, decisions, reasons, categories and times stay. Call it with the contents'
 * rows locked.
 */
export const erasePersonal = async (transaction: EntityManager, contentIds: string[]): Promise<void> => {
  await transaction.query(
    `UPDATE content SET reference = NULL, personal_erased_at = now() WHERE id = ANY ($1::uuid[])`,
    [contentIds],
  );
  const caseIds = await casesOf(transaction, contentIds);
  // decision_case_id_idx, case_note_case_id_idx
  await transaction.query(
    'UPDATE decision SET note = NULL WHERE case_id = ANY ($1::uuid[]) AND note IS NOT NULL',
    [caseIds],
  );
  await transaction.query('DELETE FROM case_note WHERE case_id = ANY ($1::uuid[])', [caseIds]);
  // Golden cases are few, those of one content fewer.
  await transaction.query(`UPDATE golden_case SET note = '' WHERE content_id = ANY ($1::uuid[])`, [
    contentIds,
  ]);
  await transaction.query(
    `UPDATE appeal SET reason = NULL, reference = NULL
     WHERE content_id = ANY ($1::uuid[]) AND (reason IS NOT NULL OR reference IS NOT NULL)`,
    [contentIds],
  );
  await eraseWebhookReferences(transaction, contentIds);
  // idempotency_key_created_at_idx: rows live for a day after their upload, and its clock is another than theirs.
  await transaction.query(
    `DELETE FROM idempotency_key USING content
     WHERE content.id = ANY ($1::uuid[]) AND content_id = content.id
       AND created_at BETWEEN content.received_at - interval '1 hour' AND content.received_at + interval '1 day'`,
    [contentIds],
  );
};

/** Of every kind. moderation_case_content_idx, moderation_case_looks_idx. */
const casesOf = async (transaction: EntityManager, contentIds: string[]): Promise<string[]> => {
  const rows: { id: string }[] = await transaction.query(
    `SELECT id FROM moderation_case WHERE content_id = ANY ($1::uuid[]) AND kind = 'content'
     UNION ALL
     SELECT id FROM moderation_case WHERE content_id = ANY ($1::uuid[]) AND kind <> 'content'`,
    [contentIds],
  );
  return rows.map(({ id }) => id);
};

/**
 * Erases the personal references whose time is over, of contents about which nothing is open: `referenceDays` after the
 * picture was received, by the policy that its verdict was given under.
 *
 * @param unsaidDays where the policy does not say
 * @returns the contents, `limit` at most
 */
export const erasePersonalPastRetention = async (
  transaction: EntityManager,
  unsaidDays: number,
  limit: number,
): Promise<string[]> => {
  // content_reference_age_idx, from the oldest on to the shortest time that any policy asks for.
  const due: { id: string }[] = await transaction.query(
    `SELECT content.id FROM content
     LEFT JOIN policy_version AS policy
       ON policy.name = content.policy_name AND policy.version = content.policy_version
     WHERE content.reference IS NOT NULL AND content.final
       AND content.received_at < now() - make_interval(days =>
         (SELECT min(coalesce((document->'retention'->>'referenceDays')::integer, $1)) FROM policy_version))
       AND content.received_at < now() - make_interval(days =>
         coalesce((policy.document->'retention'->>'referenceDays')::integer, $1))
     ORDER BY content.received_at LIMIT $2 FOR UPDATE OF content SKIP LOCKED`,
    [unsaidDays, limit],
  );
  const contentIds = due.map(({ id }) => id);
  if (contentIds.length > 0) await erasePersonal(transaction, contentIds);
  return contentIds;
};
