import { isInherited, strongestFirst } from '../content/current-verdict.queries.js';

/**
 * The category for which the machines raised their verdict on a content, the highest score first; where none did, the
 * one that scored highest. Null where no model looked. verdict_pkey.
 */
export const topCategoryOf = (contentId: string): string => `
  (SELECT coalesce(
     (SELECT reason->>'category' FROM jsonb_array_elements(reasons) AS reason WHERE reason->>'kind' = 'score'
      ORDER BY (reason->>'score')::float8 DESC, reason->>'category' LIMIT 1),
     (SELECT key FROM jsonb_each(categories) ORDER BY (value->>'score')::float8 DESC, key LIMIT 1))
   FROM (
     SELECT reasons, categories FROM verdict WHERE content_id = ${contentId} AND tier <> 'human' AND NOT ${isInherited}
     ORDER BY ${strongestFirst} LIMIT 1) AS machine)`;
