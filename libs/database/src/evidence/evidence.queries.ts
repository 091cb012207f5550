import type { Evidence } from '#libs/domain';
import type { EntityManager } from 'typeorm';

/** What a detector saw in a content, and when. */
export interface SeenEvidence {
  contentId: string;
  name: string;
  version: string;
  pieces: Evidence[];
  at: string;
}

/**
 * Keeps what detectors saw; of two looks of one detector the earlier, as with its scores. Nothing is kept of a content
 * whose picture or personal data was erased: an event may come late, or again.
 */
export const recordEvidence = async (transaction: EntityManager, seen: SeenEvidence[]): Promise<void> => {
  if (seen.length === 0) return;
  await transaction.query(
    `INSERT INTO evidence (content_id, model, version, pieces, seen_at)
     SELECT DISTINCT ON ("contentId", name, version) "contentId", name, version, pieces, at
     FROM jsonb_to_recordset($1) AS seen ("contentId" uuid, name text, version text, pieces jsonb, at timestamptz)
     JOIN content ON content.id = "contentId" AND image_erased_at IS NULL AND personal_erased_at IS NULL
     ORDER BY "contentId", name, version, at
     ON CONFLICT (content_id, model, version) DO UPDATE SET pieces = excluded.pieces, seen_at = excluded.seen_at
       WHERE excluded.seen_at < evidence.seen_at`,
    [JSON.stringify(seen)],
  );
};

/** It was read in the picture, and may name a person: it goes with either. evidence_pkey. */
export const eraseEvidence = async (transaction: EntityManager, contentIds: string[]): Promise<void> => {
  await transaction.query('DELETE FROM evidence WHERE content_id = ANY ($1::uuid[])', [contentIds]);
};
