import type { QueryRunner } from 'typeorm';
import { ForwardOnly } from './forward-only.js';

/**
 * The case that a picture waits for is found by the last content that came to wait: whoever sends one picture a hundred
 * thousand times does not make each of them more work than the one before.
 */
export class AttachedPictures1795502400013 extends ForwardOnly {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE case_content ADD sha256 bytea');
    await runner.query(`
      UPDATE case_content SET sha256 = content.sha256 FROM content WHERE content.id = content_id`);
    await runner.query(`
      CREATE INDEX case_content_picture_idx ON case_content (sha256, attached_at) WHERE sha256 IS NOT NULL`);
  }
}
