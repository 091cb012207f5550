import type { QueryRunner } from 'typeorm';
import { ForwardOnly } from './forward-only.js';

/** What detectors saw, and which of them did not answer. */
export class Evidence1795502400040 extends ForwardOnly {
  override async up(runner: QueryRunner): Promise<void> {
    // Apart from the scores, which are kept for good: what is read in a picture may name a person, and is erased.
    await runner.query(`
      CREATE TABLE evidence (
        content_id uuid           NOT NULL REFERENCES content,
        model      text           NOT NULL,
        version    text           NOT NULL,
        pieces     jsonb          NOT NULL,
        seen_at    timestamptz(3) NOT NULL,
        PRIMARY KEY (content_id, model, version)
      )`);
    await runner.query('CREATE INDEX evidence_seen_at_idx ON evidence (seen_at)');
    await runner.query('ALTER TABLE verdict ADD unheard jsonb');
  }
}
