import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { type CaseKind, type CaseStage, drawOf } from '#libs/domain';
import { prepared } from '../connection/prepared.js';
import { topCategoryOf } from './top-category.js';

/** A decision and the case that it concluded, as far as second looks depend on them. */
export interface ConcludedCase {
  case: { id: string; kind: CaseKind; stage: CaseStage };
  decision: { id: string; moderatorId: string; supersedesId: string | null; madeWithId: string | null };
}

/**
 * Whether another person shall look at it too: by its own id, so by chance, and the same whenever it is asked. What was
 * decided along with another case is that one's picture again, and an undone decision was drawn for, or not, when it was
 * made first; escalated and appealed cases have been before several people already.
 */
const isDrawn = ({ case: { kind, stage }, decision }: ConcludedCase, rate: number): boolean =>
  kind === 'content' &&
  stage === 'open' &&
  decision.supersedesId === null &&
  decision.madeWithId === null &&
  drawOf(decision.id) < rate;

/** As soon as any new case may be due at all: what was waited for by more urgent contents may be due before it came. */
const shortestWait = `interval '1 minute'`;

export const openSecondLookSql = `
  WITH drawn AS MATERIALIZED (
    SELECT parent.id AS parent_id, parent.content_id, parent.queue, parent.audit_propensity, content.sha256,
           parent.due_at - parent.created_at AS patience, parent.sla_at - parent.created_at AS promise
    FROM moderation_case AS parent JOIN content ON content.id = parent.content_id
    WHERE parent.id = $2 AND content.image_erased_at IS NULL
      AND NOT EXISTS (SELECT FROM quality_look WHERE parent_case_id = parent.id)),
  familiar AS MATERIALIZED (
    SELECT moderator_id, reason, at FROM drawn JOIN case_exclusion ON case_exclusion.case_id = drawn.parent_id
    UNION ALL
    SELECT decision.moderator_id, 'decided', decision.decided_at
    FROM drawn JOIN content AS same ON same.sha256 = drawn.sha256
    JOIN moderation_case AS c ON c.content_id = same.id AND c.kind = 'content' JOIN decision ON decision.case_id = c.id),
  possible AS MATERIALIZED (
    SELECT drawn.*, decision.id AS decision_id, decision.moderator_id, decision.verdict
    FROM drawn CROSS JOIN LATERAL (
      SELECT id, moderator_id, verdict FROM decision WHERE case_id = drawn.parent_id
      ORDER BY decided_at DESC, id DESC LIMIT 1) AS decision
    WHERE EXISTS (
      SELECT FROM moderator WHERE disabled_at IS NULL AND id NOT IN (SELECT familiar.moderator_id FROM familiar))),
  opened AS (
    INSERT INTO moderation_case (id, content_id, kind, queue, due_at, sla_at, audit_propensity)
    SELECT $1, content_id, 'second', queue, now() + greatest(patience, ${shortestWait}), now() + promise,
           audit_propensity
    FROM possible),
  prepared AS (
    INSERT INTO quality_look (case_id, kind, parent_case_id, queue, category, expected, first_decision_id,
                              first_moderator_id)
    SELECT $1, 'second', parent_id, queue, ${topCategoryOf('possible.content_id')}, verdict, decision_id, moderator_id
    FROM possible)
  INSERT INTO case_exclusion (case_id, moderator_id, reason, at)
  SELECT DISTINCT ON (familiar.moderator_id) $1, familiar.moderator_id, reason, at
  FROM familiar CROSS JOIN possible ORDER BY familiar.moderator_id, at`;

/**
 * Puts a sampled share of what was decided before a second person, blindly: as a case that looks new, in the same queue,
 * with the patience of the first. Whoever has seen the picture is excluded from it; where nobody else is left it is not
 * opened. One second look a case. Call it in the deciding transaction, once the decisions are stored.
 * quality_look_parent_case_id_key, moderation_case_pkey, case_exclusion_pkey, content_sha256_idx, decision_case_id_idx.
 * @param rate 0–1
 */
export const drawSecondLooks = async (
  transaction: EntityManager,
  concluded: ConcludedCase[],
  rate: number,
): Promise<void> => {
  // One at most: what was decided along with another case is not drawn.
  const drawn = concluded.find((each) => isDrawn(each, rate));
  if (drawn) await prepared(transaction, openSecondLookSql, [uuidv7(), drawn.case.id]);
};

/**
 * Whoever decides an escalated or appealed case knows its picture from then on: a second look at it that waits is not
 * for them. quality_look_parent_case_id_key.
 */
export const keepFromSecondLooks = async (
  transaction: EntityManager,
  concluded: ConcludedCase[],
): Promise<void> => {
  // One at most: only open cases are decided along with another.
  const known = concluded.find(({ case: { kind, stage } }) => kind === 'content' && stage !== 'open');
  if (!known) return;
  await prepared(
    transaction,
    `INSERT INTO case_exclusion (case_id, moderator_id, reason, at)
     SELECT case_id, $2, 'decided', clock_timestamp() FROM quality_look
     WHERE parent_case_id = $1 AND concluded_at IS NULL
     ON CONFLICT DO NOTHING`,
    [known.case.id, known.decision.moderatorId],
  );
};
