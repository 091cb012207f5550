import type { EntityManager } from 'typeorm';
import { isInherited, RoutingReader, strongestFirst } from '#libs/database';
import {
  after,
  type CaseStage,
  type CaseState,
  route,
  type RoutingFacts,
  type Tier,
  type Verdict,
} from '#libs/domain';
import { newId } from '#libs/platform';

/** The case of a content, locked. */
export interface OwnCase {
  id: string;
  state: CaseState;
  stage: CaseStage;
}

/** When somebody should have looked at an appeal. */
export interface AppealTimes {
  dueAt: Date;
}

const routing = new RoutingReader();

/** A decided case waits again, where it was, as an appeal; moderation_case_pkey. */
export const reopenAsAppealed = async (
  transaction: EntityManager,
  { id }: OwnCase,
  { dueAt }: AppealTimes,
): Promise<void> => {
  await transaction.query(
    `UPDATE moderation_case SET state = $2, stage = $2, due_at = $3, sla_at = $3, decided_at = NULL WHERE id = $1`,
    [id, after('decided', 'appeal'), dueAt],
  );
};

/** What nobody had decided under a case of its own gets one, in the queue that the rules name for it. */
export const openAsAppealed = async (
  transaction: EntityManager,
  contentId: string,
  { dueAt }: AppealTimes,
): Promise<string> => {
  const id = newId();
  const state: CaseState = 'appealed';
  await transaction.query(
    `INSERT INTO moderation_case (id, content_id, queue, state, stage, due_at, sla_at) VALUES ($1, $2, $3, $4, $4, $5, $5)`,
    [id, contentId, await queueFor(transaction, contentId), state, dueAt],
  );
  return id;
};

interface JudgedRow {
  surface: string;
  apiKeyId: string;
  audience: number | null;
  tier: Tier;
  verdict: Verdict;
  scores: Record<string, number>;
  raised: string[];
}

/** Routed by what the machines had said of it; verdict_pkey. */
const queueFor = async (transaction: EntityManager, contentId: string): Promise<string> => {
  const [judged]: [JudgedRow] = await transaction.query(
    `SELECT surface, api_key_id AS "apiKeyId", audience, judged.tier, judged.verdict,
            (SELECT coalesce(jsonb_object_agg(key, value->'score'), '{}') FROM jsonb_each(judged.categories)) AS scores,
            (SELECT coalesce(jsonb_agg(reason->>'category'), '[]') FROM jsonb_array_elements(judged.reasons) AS reason
             WHERE reason->>'kind' = 'score') AS raised
     FROM content
     CROSS JOIN LATERAL (
       SELECT * FROM verdict WHERE content_id = content.id AND tier <> 'human' AND NOT ${isInherited}
       ORDER BY ${strongestFirst} LIMIT 1) AS judged
     WHERE content.id = $1`,
    [contentId],
  );
  const { apiKeyId, ...rest } = judged;
  const { rules, queues, callers } = await routing.read(transaction, [apiKeyId]);
  const facts: RoutingFacts = { ...rest, caller: { id: apiKeyId, name: callers.get(apiKeyId) ?? null } };
  return route(facts, rules, (queue) => queues.get(queue)?.isDisabled ?? false).queue;
};

/**
 * Nobody who took part in an earlier decision is given the appeal: who decided on the same picture under any case, as a
 * second look too, and on the case that a verdict on this content was taken over from. The claim asks these rows.
 * content_sha256_idx, moderation_case_content_idx, moderation_case_looks_idx, verdict_pkey, decision_case_id_idx.
 */
export const excludeEarlierDeciders = async (
  transaction: EntityManager,
  caseId: string,
  contentId: string,
): Promise<void> => {
  await transaction.query(
    `WITH same AS MATERIALIZED (
       SELECT id FROM content WHERE sha256 = (SELECT sha256 FROM content WHERE id = $2)),
     named AS (
       SELECT (reason->>'caseId')::uuid AS id
       FROM verdict CROSS JOIN LATERAL jsonb_array_elements(reasons) AS reason
       WHERE content_id = $2 AND reason->>'kind' = 'decision'),
     origin AS MATERIALIZED (
       SELECT id FROM same
       UNION SELECT c.content_id FROM named JOIN moderation_case AS c ON c.id = named.id),
     earlier AS MATERIALIZED (
       SELECT c.id FROM origin JOIN moderation_case AS c ON c.content_id = origin.id AND c.kind = 'content'
       UNION ALL
       SELECT c.id FROM origin JOIN moderation_case AS c ON c.content_id = origin.id AND c.kind <> 'content')
     INSERT INTO case_exclusion (case_id, moderator_id, reason, at)
     SELECT $1, moderator_id, 'decided', min(decided_at)
     FROM earlier JOIN decision ON decision.case_id = earlier.id
     GROUP BY moderator_id
     ON CONFLICT DO NOTHING`,
    [caseId, contentId],
  );
};
