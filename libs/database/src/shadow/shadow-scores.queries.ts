import type { Classification, ModelTier, Scores } from '#libs/domain';
import type { DataSource, EntityManager } from 'typeorm';

/** Keeps what packs on trial said; the first that each said of a content stays. */
export const recordShadows = async (
  transaction: EntityManager,
  shadows: { contentId: string; classification: Classification }[],
): Promise<void> => {
  if (shadows.length === 0) return;
  await transaction.query(
    `INSERT INTO shadow_classification (content_id, model, version, scores)
     SELECT "contentId", name, version, scores
     FROM jsonb_to_recordset($1) AS seen ("contentId" uuid, name text, version text, scores jsonb)
     ON CONFLICT DO NOTHING`,
    [
      JSON.stringify(
        shadows.map(({ contentId, classification: { model, scores } }) => ({ contentId, ...model, scores })),
      ),
    ],
  );
};

/** What was said of one content: by the pack on trial, and by those that judged. */
export interface ShadowedContent {
  contentId: string;
  surface: string;
  shadow: Scores;
  judged: { model: string; tier: ModelTier; scores: Scores }[];
}

const pageSize = 2_000;

/**
 * Hands over every content that a pack was shown on trial, in pages. shadow_classification_pkey; content_pkey and
 * classification_pkey for each. Of several versions of a model the latest look counts.
 */
export const readShadowed = async (
  dataSource: DataSource,
  { pack, version, since }: { pack: string; version: string; since: Date },
  onPage: (contents: ShadowedContent[]) => void,
): Promise<void> => {
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const page: ShadowedContent[] = await dataSource.query(
      `SELECT s.content_id AS "contentId", content.surface, s.scores AS shadow, coalesce(judged.judged, '[]') AS judged
       FROM shadow_classification AS s JOIN content ON content.id = s.content_id
       LEFT JOIN LATERAL (
         SELECT jsonb_agg(jsonb_build_object('model', last.model, 'tier', last.tier, 'scores', last.scores)) AS judged
         FROM (SELECT DISTINCT ON (model) model, tier, scores FROM classification
               WHERE content_id = s.content_id ORDER BY model, classified_at DESC) AS last) AS judged ON true
       WHERE s.model = $1 AND s.version = $2 AND s.classified_at >= $3 AND s.content_id > $4
       ORDER BY s.content_id LIMIT $5`,
      [pack, version, since, after, pageSize],
    );
    if (page.length > 0) onPage(page);
    if (page.length < pageSize) return;
    after = page.at(-1)!.contentId;
  }
};
