import type { HumanVerdict } from '#libs/domain';
import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { strongestFirst } from '../content/current-verdict.queries.js';
import { queueWebhook } from '../webhooks/outbox.queries.js';

/** Contents that one overturned block may be undone for, at most; beyond them each has to be appealed. */
export const mostRenewed = 1_000;
export const mostReopened = 200;

/** What is blocked for no other reason than a person's block on a picture. */
export interface Inheritors {
  /** contents that show the same bytes */
  same: string[];
  /** contents that are near copies */
  near: { contentId: string; sha256: string; reference: string | null; surface: string }[];
}

/** Whether the last word on a case was a block. decision_case_id_idx. */
export const wasBlocked = async (transaction: EntityManager, caseId: string): Promise<boolean> => {
  const [last]: ({ verdict: HumanVerdict } | undefined)[] = await transaction.query(
    `SELECT verdict FROM decision WHERE case_id = $1 ORDER BY decided_at DESC, id DESC LIMIT 1`,
    [caseId],
  );
  return last?.verdict === 'block';
};

/** Judged by known content, and by nobody since: models may have been asked, but their word is not what holds. */
const holdsByDecision = `
  content.verdict = 'block' AND content.tier = 'known' AND (
    SELECT reasons->0->>'kind' FROM verdict WHERE content_id = content.id ORDER BY ${strongestFirst} LIMIT 1) = 'decision'`;

/**
 * Contents whose block was taken over from a decision on the picture of this content. Call it with the picture locked,
 * and lock the contents next. content_sha256_idx, moderation_case_content_idx, verdict_known_block_idx.
 */
export const inheritorsOf = async (transaction: EntityManager, contentId: string): Promise<Inheritors> => {
  const same: { contentId: string }[] = await transaction.query(
    `SELECT id AS "contentId" FROM content
     WHERE sha256 = (SELECT sha256 FROM content WHERE id = $1) AND id <> $1 AND ${holdsByDecision}
     LIMIT ${mostRenewed}`,
    [contentId],
  );
  const near: Inheritors['near'] = await transaction.query(
    `WITH deciding AS MATERIALIZED (
       SELECT c.id FROM content JOIN moderation_case AS c ON c.content_id = content.id AND c.kind = 'content'
       WHERE sha256 = (SELECT sha256 FROM content WHERE id = $1))
     SELECT DISTINCT content.id AS "contentId", encode(content.sha256, 'hex') AS sha256,
            content.reference, content.surface
     FROM deciding
     JOIN verdict ON verdict.tier = 'known' AND verdict.verdict = 'block'
       AND verdict.reasons->0->>'caseId' = deciding.id::text
     JOIN content ON content.id = verdict.content_id
     WHERE content.sha256 <> (SELECT sha256 FROM content WHERE id = $1) AND ${holdsByDecision}
     ORDER BY 1 LIMIT ${mostReopened}`,
    [contentId],
  );
  return { same: same.map((row) => row.contentId), near };
};

/** Gives contents with the same bytes the decision that overturned the block which they had taken over. */
export const renewInherited = async (
  transaction: EntityManager,
  contentIds: string[],
  decisionId: string,
): Promise<void> => {
  if (contentIds.length === 0) return;
  await transaction.query(
    `INSERT INTO verdict (content_id, key, tier, verdict, policy_name, policy_version, categories, reasons, models, at)
     SELECT content.id, 'known:' || decision.id, 'known', decision.verdict, decision.policy_name,
            decision.policy_version, '{}',
            jsonb_build_array(jsonb_build_object('kind', 'decision', 'caseId', decision.case_id, 'distance', 0)), '[]',
            decision.decided_at
     FROM content CROSS JOIN decision
     WHERE content.id = ANY ($1::uuid[]) AND decision.id = $2 AND ${holdsByDecision}
     ON CONFLICT DO NOTHING`,
    [contentIds, decisionId],
  );
};

/**
 * A near copy may show more than the picture that was allowed, so an allow is not taken over: a person looks at it. It
 * stays blocked until then. One case for each of several contents with the same bytes, in the queue of the case.
 */
export const reopenNearCopies = async (
  transaction: EntityManager,
  near: Inheritors['near'],
  overturnedCaseId: string,
): Promise<void> => {
  const caseOf = new Map(near.map(({ sha256 }) => [sha256, uuidv7()]));
  const wanted = near.map((each) => ({ ...each, caseId: caseOf.get(each.sha256)! }));
  if (wanted.length === 0) return;
  const opened: { contentId: string; caseId: string }[] = await transaction.query(
    `INSERT INTO moderation_case (id, content_id, queue, due_at, sla_at)
     SELECT DISTINCT ON (wanted."caseId") wanted."caseId", wanted."contentId", queue.name,
            clock_timestamp() + make_interval(secs => coalesce(queue.sla_seconds, 86400)),
            clock_timestamp() + make_interval(secs => queue.sla_seconds)
     FROM jsonb_to_recordset($1) AS wanted ("contentId" uuid, "caseId" uuid)
     JOIN content ON content.id = wanted."contentId" AND ${holdsByDecision} AND content.image_erased_at IS NULL
     JOIN moderation_case AS overturned ON overturned.id = $2
     JOIN queue ON queue.name = overturned.queue
     WHERE NOT EXISTS (SELECT FROM moderation_case WHERE content_id = wanted."contentId" AND kind = 'content')
     ORDER BY wanted."caseId", content.received_at, content.id
     ON CONFLICT (content_id) WHERE kind = 'content' DO NOTHING
     RETURNING id AS "caseId", content_id AS "contentId"`,
    [JSON.stringify(wanted), overturnedCaseId],
  );
  const isOpened = new Map(opened.map(({ caseId, contentId }) => [caseId, contentId]));
  const waiting = wanted.filter(
    ({ caseId, contentId }) => isOpened.has(caseId) && isOpened.get(caseId) !== contentId,
  );
  await transaction.query(
    `INSERT INTO case_content (content_id, case_id)
     SELECT "contentId", "caseId" FROM jsonb_to_recordset($1) AS waiting ("contentId" uuid, "caseId" uuid)
     ON CONFLICT DO NOTHING`,
    [JSON.stringify(waiting)],
  );
  await queueWebhook(
    transaction,
    wanted
      .filter(({ caseId }) => isOpened.has(caseId))
      .map(({ caseId, contentId, reference, surface }) => ({
        type: 'case.opened',
        contentId,
        data: { caseId, contentId, reference, surface },
      })),
  );
};
