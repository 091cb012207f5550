import type { EntityManager } from 'typeorm';
import { type CaseKind, type CaseStage, type CaseState, nextState } from '#libs/domain';

interface OpenCase {
  id: string;
  kind: CaseKind;
  state: CaseState;
  stage: CaseStage;
}

/** What waits for somebody's word about a content. */
export interface OpenMatters {
  /** its own, of every kind; locked */
  cases: OpenCase[];
  /** it waits for the undecided case of another content with the same picture */
  isAttached: boolean;
  appeal: boolean;
  isFinal: boolean;
}

/** Call it with the picture locked: then no case comes or goes meanwhile. */
export const openMatters = async (transaction: EntityManager, contentId: string): Promise<OpenMatters> => {
  // moderation_case_content_idx, moderation_case_looks_idx
  const cases: OpenCase[] = await transaction.query(
    `SELECT id, kind, state, stage FROM moderation_case
     WHERE id IN (SELECT id FROM moderation_case WHERE content_id = $1 AND kind = 'content'
                  UNION ALL SELECT id FROM moderation_case WHERE content_id = $1 AND kind <> 'content')
       AND state NOT IN ('decided', 'closed')
     ORDER BY id FOR UPDATE`,
    [contentId],
  );
  const [rest]: Omit<OpenMatters, 'cases'>[] = await transaction.query(
    `SELECT final AS "isFinal",
            EXISTS (SELECT FROM appeal WHERE content_id = content.id AND state = 'open') AS appeal,
            EXISTS (SELECT FROM case_content JOIN moderation_case AS c ON c.id = case_id
                    WHERE case_content.content_id = content.id AND c.state NOT IN ('decided', 'closed')
                      AND c.stage <> 'appealed') AS "isAttached"
     FROM content WHERE id = $1`,
    [contentId],
  );
  return { cases, ...rest! };
};

export interface Withdrawn {
  /** how many cases and appeals were open */
  count: number;
  /** contents that waited for one of the cases, and wait for nobody any more */
  released: string[];
}

/** Ends all of it without a word on the content. A case for which other contents wait goes on as one of theirs. */
export const withdrawOpenMatters = async (
  transaction: EntityManager,
  contentId: string,
  { cases, isAttached, appeal }: OpenMatters,
): Promise<Withdrawn> => {
  const released: string[] = [];
  for (const open of cases) {
    const isShared = open.kind === 'content' && open.stage !== 'appealed';
    if (isShared && (await handOver(transaction, open.id, contentId))) continue;
    await withdraw(transaction, open);
    if (isShared) released.push(...(await lockWaiting(transaction, open.id)));
  }
  await transaction.query('DELETE FROM case_content WHERE content_id = $1', [contentId]);
  await transaction.query(
    `UPDATE appeal SET state = 'withdrawn', concluded_at = clock_timestamp() WHERE content_id = $1 AND state = 'open'`,
    [contentId],
  );
  // Second looks are nobody's business: they are not counted.
  const own = cases.filter(({ kind }) => kind === 'content').length;
  return { count: own + (isAttached ? 1 : 0) + (appeal ? 1 : 0), released };
};

const withdraw = async (transaction: EntityManager, { id, state, stage }: OpenCase): Promise<void> => {
  await transaction.query(
    `UPDATE moderation_case
     SET state = $2, decided_at = coalesce(decided_at, clock_timestamp()),
         lease_token = NULL, lease_holder_id = NULL, lease_expires_at = NULL
     WHERE id = $1`,
    [id, nextState(state, 'withdraw', stage)!],
  );
  await transaction.query('DELETE FROM undecided_picture WHERE case_id = $1', [id]);
};

/** case_content_case_id_idx */
const lockWaiting = async (transaction: EntityManager, caseId: string): Promise<string[]> => {
  const rows: { id: string }[] = await transaction.query(
    `SELECT id FROM content WHERE id IN (SELECT content_id FROM case_content WHERE case_id = $1)
     ORDER BY id FOR NO KEY UPDATE`,
    [caseId],
  );
  return rows.map(({ id }) => id);
};

/**
 * The one that waits longest becomes the case's own content; the same bytes are looked at. One that has a case of its own,
 * since it was appealed or audited, has no use for another. case_content_case_id_idx.
 */
const handOver = async (transaction: EntityManager, caseId: string, contentId: string): Promise<boolean> => {
  const [heir]: { id: string }[] = await transaction.query(
    `SELECT content.id FROM case_content JOIN content ON content.id = content_id
     WHERE case_id = $1 AND content_id <> $2 AND image_erased_at IS NULL
       AND NOT EXISTS (SELECT FROM moderation_case AS own WHERE own.content_id = content.id AND own.kind = 'content')
     ORDER BY attached_at, content.id LIMIT 1 FOR NO KEY UPDATE OF content`,
    [caseId, contentId],
  );
  if (!heir) return false;
  await transaction.query('DELETE FROM case_content WHERE content_id = $1', [heir.id]);
  await transaction.query('UPDATE moderation_case SET content_id = $2 WHERE id = $1', [caseId, heir.id]);
  return true;
};
