import type { EntityManager } from 'typeorm';
import { eraseEvidence } from '../evidence/evidence.queries.js';
import { eraseWebhookReferences } from '../webhooks/erase-webhook-data.queries.js';

/**
 * Takes out of these contents whatever may point to a person: the caller's reference, what was read in the picture, the
 * words of moderators and uploaders, and remembered answers. Verdicts, decisions, reasons, categories and times stay. Call it with the contents'
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
  await eraseEvidence(transaction, contentIds);
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

/** What is personal, and since when it is there; of words since they were written. Each stops at its index's end of age. */
const aging = [
  // content_reference_age_idx
  { from: 'content', of: 'content.reference', since: 'content.received_at' },
  // decision_note_age_idx
  {
    from: `decision JOIN moderation_case AS its ON its.id = decision.case_id
           JOIN content ON content.id = its.content_id`,
    of: 'decision.note',
    since: 'decision.decided_at',
  },
  // case_note_age_idx
  {
    from: `case_note JOIN moderation_case AS its ON its.id = case_note.case_id
           JOIN content ON content.id = its.content_id`,
    of: 'case_note.text',
    since: 'case_note.at',
  },
  // appeal_words_age_idx
  {
    from: 'appeal JOIN content ON content.id = appeal.content_id',
    of: 'appeal.reason',
    since: 'appeal.filed_at',
  },
  // evidence_seen_at_idx
  {
    from: 'evidence JOIN content ON content.id = evidence.content_id',
    of: 'evidence.pieces',
    since: 'evidence.seen_at',
  },
];

/**
 * Erases what is personal and whose time is over, of contents about which nothing is open: `referenceDays` after the
 * picture was received, or, where its caller gave no reference, after the first words about it were written or read; by the policy
 * that its verdict was given under.
 *
 * @param unsaidDays where the policy does not say
 * @param limit of references, and as many of words
 * @returns the contents; none once nothing is due
 */
export const erasePersonalPastRetention = async (
  transaction: EntityManager,
  unsaidDays: number,
  limit: number,
): Promise<string[]> => {
  const due = new Set<string>();
  for (const { from, of, since } of aging) {
    // From the oldest on to the shortest time that any policy asks for.
    const rows: { id: string }[] = await transaction.query(
      `SELECT content.id FROM ${from}
       LEFT JOIN policy_version AS policy
         ON policy.name = content.policy_name AND policy.version = content.policy_version
       WHERE ${of} IS NOT NULL AND content.final
         AND ${since} < now() - make_interval(days =>
           (SELECT min(coalesce((document->'retention'->>'referenceDays')::integer, $1)) FROM policy_version))
         AND ${since} < now() - make_interval(days =>
           coalesce((policy.document->'retention'->>'referenceDays')::integer, $1))
       ORDER BY ${since} LIMIT $2 FOR UPDATE OF content SKIP LOCKED`,
      [unsaidDays, limit],
    );
    for (const { id } of rows) due.add(id);
  }
  const contentIds = [...due];
  if (contentIds.length > 0) await erasePersonal(transaction, contentIds);
  return contentIds;
};
