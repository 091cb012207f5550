import type { Scorer } from '#libs/domain';
import type { DataSource, EntityManager } from 'typeorm';

/** How often who uses a pack says so. */
export const scorerHeartbeatSeconds = 60;
/** After three beats that did not come, a pack is out of use. */
const liveSeconds = 3 * scorerHeartbeatSeconds;
/** For how long the categories of a pack that is out of use stay known words. */
const rememberedDays = 90;

/** What this process scores. Many processes use one pack: whoever comes within half a beat of another writes nothing. */
export const announceScorers = async (
  dataSource: DataSource,
  scorers: Omit<Scorer, 'isLive'>[],
): Promise<void> => {
  await dataSource.query(
    `INSERT INTO scorer (tier, pack, version, categories)
     SELECT tier, pack, version, ARRAY(SELECT jsonb_array_elements_text(categories))
     FROM jsonb_to_recordset($1) AS announced (tier text, pack text, version text, categories jsonb)
     ORDER BY tier, pack, version
     ON CONFLICT (tier, pack, version) DO UPDATE SET categories = excluded.categories, seen_at = now()
     WHERE scorer.seen_at < now() - make_interval(secs => $2) OR scorer.categories <> excluded.categories`,
    [JSON.stringify(scorers), scorerHeartbeatSeconds / 2],
  );
};

/** The packs that were heard of in the last months. */
export const knownScorers = (database: DataSource | EntityManager): Promise<Scorer[]> =>
  database.query(
    `SELECT tier, pack, version, categories, seen_at > now() - make_interval(secs => $1) AS "isLive"
     FROM scorer WHERE seen_at > now() - make_interval(days => $2) ORDER BY tier, pack, version`,
    [liveSeconds, rememberedDays],
  );
