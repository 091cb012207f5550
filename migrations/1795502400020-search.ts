import type { QueryRunner } from 'typeorm';
import { ForwardOnly } from './forward-only.js';

/** What leads search contents by: each filter has an index in the order of the pages. */
export class Search1795502400020 extends ForwardOnly {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE content ADD category text');
    await runner.query(`
      UPDATE content SET category = worst.category
      FROM (SELECT DISTINCT ON (content_id) content_id, reason->>'category' AS category
            FROM verdict CROSS JOIN LATERAL jsonb_array_elements(reasons) AS reason
            WHERE reason->>'kind' = 'score'
            ORDER BY content_id, (reason->>'score')::double precision DESC) AS worst
      WHERE content.id = worst.content_id`);
    await runner.query('CREATE INDEX content_received_idx ON content (received_at, id)');
    await runner.query('CREATE INDEX content_verdict_idx ON content (verdict, received_at, id)');
    await runner.query('CREATE INDEX content_tier_idx ON content (tier, received_at, id)');
    await runner.query(`
      CREATE INDEX content_category_idx ON content (category, received_at, id) WHERE category IS NOT NULL`);
    await runner.query(`
      CREATE INDEX content_reference_idx ON content (reference, received_at, id) WHERE reference IS NOT NULL`);
    await runner.query('CREATE INDEX decision_moderator_idx ON decision (moderator_id, decided_at, id)');
  }
}
