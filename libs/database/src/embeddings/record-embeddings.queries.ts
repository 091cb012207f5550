import type { Embedding, Retention } from '#libs/domain';
import type { EntityManager } from 'typeorm';
import { prepared } from '../connection/prepared.js';

/** Bytes of one half-precision number. */
const numberBytes = 2;

const isWhole = ({ values }: Embedding): boolean => {
  const { length } = Buffer.from(values, 'base64');
  return length > 0 && length % numberBytes === 0;
};

/**
 * Keeps what pictures are like; the first that is said of a content stays. Nothing is kept of a content whose picture was
 * erased, nor of numbers that were cut off: nobody's case waits for those.
 */
export const recordEmbeddings = async (
  transaction: EntityManager,
  embeddings: { contentId: string; embedding: Embedding }[],
): Promise<void> => {
  const whole = embeddings.filter(({ embedding }) => isWhole(embedding));
  if (whole.length === 0) return;
  await transaction.query(
    `INSERT INTO content_embedding (content_id, model, version, vector)
     SELECT "contentId", model, version, decode("values", 'base64')
     FROM jsonb_to_recordset($1) AS seen ("contentId" uuid, model text, version text, "values" text)
     JOIN content ON content.id = "contentId" AND image_erased_at IS NULL
     ORDER BY "contentId"
     ON CONFLICT DO NOTHING`,
    [JSON.stringify(whole.map(({ contentId, embedding }) => ({ contentId, ...embedding })))],
  );
};

/** It is made of the picture, and goes with it; the row stays, and tells those who hold it in memory. content_embedding_pkey. */
export const eraseEmbeddings = async (transaction: EntityManager, contentIds: string[]): Promise<void> => {
  await transaction.query(
    'UPDATE content_embedding SET vector = NULL WHERE content_id = ANY ($1::uuid[]) AND vector IS NOT NULL',
    [contentIds],
  );
};

/**
 * Erases embeddings of pictures whose retention is over: by the policy that the final verdict was given under, as
 * `storedPictures` counts for their bytes.
 *
 * @param unsaid retention where the policy does not name one, or is not there
 * @param limit of embeddings
 * @returns how many; 0 once nothing is due
 */
export const eraseEmbeddingsPastRetention = async (
  transaction: EntityManager,
  unsaid: Retention,
  limit: number,
): Promise<number> => {
  // content_embedding_age_idx, from the oldest on to the shortest time that any policy asks for; content_pkey for each.
  const rows = await prepared(
    transaction,
    `WITH shortest AS MATERIALIZED (
       SELECT coalesce(min(least(
         coalesce((document->'retention'->>'allowedDays')::integer, $1),
         coalesce((document->'retention'->>'blockedDays')::integer, $2))), least($1, $2)) AS days
       FROM policy_version),
     due AS MATERIALIZED (
       SELECT content_embedding.content_id FROM content_embedding
       JOIN content ON content.id = content_embedding.content_id
       LEFT JOIN policy_version AS policy
         ON policy.name = content.policy_name AND policy.version = content.policy_version
       WHERE vector IS NOT NULL AND content.final
         AND created_at < now() - make_interval(days => (SELECT days FROM shortest))
         AND content.updated_at < now() - make_interval(days => CASE content.verdict
           WHEN 'allow' THEN coalesce((policy.document->'retention'->>'allowedDays')::integer, $1)
           ELSE coalesce((policy.document->'retention'->>'blockedDays')::integer, $2) END)
       ORDER BY created_at LIMIT $3 FOR UPDATE OF content_embedding SKIP LOCKED)
     UPDATE content_embedding SET vector = NULL FROM due WHERE content_embedding.content_id = due.content_id
     RETURNING 1`,
    [unsaid.allowedDays, unsaid.blockedDays, limit],
  );
  return rows.length;
};
