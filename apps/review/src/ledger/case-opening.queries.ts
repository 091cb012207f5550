import type { EntityManager } from 'typeorm';
import { isInherited, isWebhookWanted, queueWebhook } from '#libs/database';
import type { Content } from '#libs/domain';
import { newId } from '#libs/platform';
import type { Triage } from './triage.js';

/** A content that a person should look at. */
export interface WantedCase extends Triage {
  content: Content;
  /** set for an audit sample: it is asked about by chance, whatever is known or asked of its picture */
  auditPropensity: number | null;
}

/** A case and a content that waits for it. */
interface Waiting {
  caseId: string;
  wanted: WantedCase;
}

/**
 * Opens a case for each picture in doubt. A content whose picture has an undecided case already waits for that one, and
 * makes it as urgent as itself; of several in one call the first received has the case. Audit samples have cases of
 * their own. Nothing happens to contents that have a case, wait for one, or have a person's decision already: an event
 * may come again. Call it with the pictures locked: the same picture that arrives twice at once finds one case.
 * @returns the contents for which a case was opened
 */
export const openCases = async (transaction: EntityManager, wanted: WantedCase[]): Promise<string[]> => {
  if (wanted.length === 0) return [];
  const samples = wanted.filter(({ auditPropensity }) => auditPropensity !== null);
  const { first, others } = shareCases(await withoutCase(transaction, wanted));
  const opened = await insertCases(transaction, [
    ...samples.map((each) => ({ caseId: newId(), wanted: each })),
    ...first,
  ]);
  await attach(transaction, others);
  await tellOpened(transaction, [...opened, ...others]);
  return opened.map(({ wanted: { content } }) => content.id);
};

/** With the reference that is stored: that of an event that came late may have been erased. */
const tellOpened = async (transaction: EntityManager, waiting: Waiting[]): Promise<void> => {
  if (waiting.length === 0 || !(await isWebhookWanted(transaction, 'case.opened'))) return;
  const stored: { id: string; reference: string | null }[] = await transaction.query(
    'SELECT id, reference FROM content WHERE id = ANY ($1::uuid[])',
    [waiting.map(({ wanted }) => wanted.content.id)],
  );
  const references = new Map(stored.map(({ id, reference }) => [id, reference]));
  await queueWebhook(
    transaction,
    waiting.map(({ caseId, wanted: { content } }) => ({
      type: 'case.opened',
      contentId: content.id,
      data: {
        caseId,
        contentId: content.id,
        reference: references.get(content.id) ?? null,
        surface: content.surface,
      },
    })),
  );
};

/**
 * Appeals are about one content, and what people say about audit samples must depend on chance only: nothing waits for
 * those.
 */
const takesOthers = `
  c.kind = 'content' AND c.state NOT IN ('decided', 'closed') AND c.stage <> 'appealed' AND c.audit_propensity IS NULL`;

/**
 * Those in doubt that nothing answers yet, with the undecided case of their picture if there is one: the one that the
 * last of them came to wait for (case_content_picture_idx), however many there are; else that of any content of the
 * picture (content_sha256_idx, and moderation_case_content_idx for each).
 */
const withoutCase = async (
  transaction: EntityManager,
  wanted: WantedCase[],
): Promise<{ caseId: string | null; wanted: WantedCase }[]> => {
  const inDoubt = wanted.filter(({ auditPropensity }) => auditPropensity === null);
  if (inDoubt.length === 0) return [];
  const rows: { contentId: string; caseId: string | null }[] = await transaction.query(
    `SELECT content.id AS "contentId",
            coalesce(
              (SELECT c.id FROM (
                 SELECT case_id FROM case_content WHERE sha256 = content.sha256 ORDER BY attached_at DESC LIMIT 1) AS last
               JOIN moderation_case AS c ON c.id = last.case_id WHERE ${takesOthers}),
              (SELECT c.id FROM content AS other JOIN moderation_case AS c ON c.content_id = other.id
               WHERE other.sha256 = content.sha256 AND ${takesOthers}
               ORDER BY c.created_at, c.id LIMIT 1)) AS "caseId"
     FROM content
     WHERE id = ANY ($1::uuid[]) AND content.image_erased_at IS NULL
       AND NOT EXISTS (SELECT FROM moderation_case WHERE content_id = content.id AND kind = 'content')
       AND NOT EXISTS (SELECT FROM case_content WHERE content_id = content.id)
       AND NOT EXISTS (SELECT FROM verdict WHERE content_id = content.id AND ${isInherited})`,
    [inDoubt.map(({ content }) => content.id)],
  );
  const caseOf = new Map(rows.map(({ contentId, caseId }) => [contentId, caseId]));
  return inDoubt
    .filter(({ content }) => caseOf.has(content.id))
    .map((each) => ({ caseId: caseOf.get(each.content.id)!, wanted: each }));
};

/** Pure: whose case is new, and who waits for which. The order of events within a batch plays no part. */
const shareCases = (
  wanting: { caseId: string | null; wanted: WantedCase }[],
): { first: Waiting[]; others: Waiting[] } => {
  const shared = new Map<string, string>();
  const first: Waiting[] = [];
  const others: Waiting[] = [];
  const inOrder = [...wanting].sort((a, b) => (orderOf(a.wanted) < orderOf(b.wanted) ? -1 : 1));
  for (const { caseId: standing, wanted } of inOrder) {
    const { sha256 } = wanted.content;
    const caseId = standing ?? shared.get(sha256);
    if (caseId) {
      others.push({ caseId, wanted });
      continue;
    }
    const waiting = { caseId: newId(), wanted };
    shared.set(sha256, waiting.caseId);
    first.push(waiting);
  }
  return { first, others };
};

const orderOf = ({ content }: WantedCase): string =>
  `${new Date(content.receivedAt).toISOString()} ${content.id}`;

const insertCases = async (transaction: EntityManager, cases: Waiting[]): Promise<Waiting[]> => {
  if (cases.length === 0) return [];
  const rows: { id: string }[] = await transaction.query(
    `INSERT INTO moderation_case (id, content_id, queue, due_at, sla_at, audit_propensity)
     SELECT id, "contentId", queue, "dueAt", "slaAt", "auditPropensity"
     FROM jsonb_to_recordset($1) AS opened (
       id uuid, "contentId" uuid, queue text, "dueAt" timestamptz, "slaAt" timestamptz,
       "auditPropensity" double precision)
     WHERE NOT EXISTS (SELECT FROM content WHERE content.id = "contentId" AND image_erased_at IS NOT NULL)
     ON CONFLICT (content_id) WHERE kind = 'content' DO NOTHING
     RETURNING id`,
    [
      JSON.stringify(
        cases.map(({ caseId: id, wanted }) => ({ ...wanted, id, contentId: wanted.content.id })),
      ),
    ],
  );
  const inserted = new Set(rows.map(({ id }) => id));
  return cases.filter(({ caseId }) => inserted.has(caseId));
};

/** The case is due when the most urgent of its contents is. The rows of the cases are locked last, and by no other way. */
const attach = async (transaction: EntityManager, waiting: Waiting[]): Promise<void> => {
  if (waiting.length === 0) return;
  await transaction.query(
    `WITH attached AS (
       SELECT * FROM jsonb_to_recordset($1) AS waiting (
         "contentId" uuid, "caseId" uuid, sha256 text, "dueAt" timestamptz, "slaAt" timestamptz)),
     stored AS (
       INSERT INTO case_content (content_id, case_id, sha256)
       SELECT "contentId", "caseId", decode(sha256, 'hex') FROM attached ON CONFLICT DO NOTHING)
     UPDATE moderation_case AS c
     SET due_at = least(c.due_at, sooner.due_at), sla_at = least(c.sla_at, sooner.sla_at)
     FROM (SELECT "caseId", min("dueAt") AS due_at, min("slaAt") AS sla_at FROM attached GROUP BY 1) AS sooner
     WHERE c.id = sooner."caseId" AND (sooner.due_at < c.due_at OR sooner.sla_at < coalesce(c.sla_at, 'infinity'))`,
    [
      JSON.stringify(
        waiting.map(({ caseId, wanted: { content, dueAt, slaAt } }) => ({
          contentId: content.id,
          caseId,
          sha256: content.sha256,
          dueAt,
          slaAt,
        })),
      ),
    ],
  );
};
