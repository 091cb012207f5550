import type { QueryRunner } from 'typeorm';
import { ForwardOnly } from './forward-only.js';

/** Pictures and personal references are deleted on schedule and on request; what was decided stays. */
export class Erasure1795502400018 extends ForwardOnly {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE content ADD image_erased_at timestamptz(3), ADD personal_erased_at timestamptz(3)`);
    // received_at never changes, so that a new verdict on a content touches no index of it.
    await runner.query(`
      CREATE INDEX content_reference_age_idx ON content (received_at) WHERE reference IS NOT NULL`);
    await runner.query(`
      CREATE TABLE blob_erasure (
        content_id   uuid           PRIMARY KEY REFERENCES content,
        blob_key     text           NOT NULL,
        requested_at timestamptz(3) NOT NULL DEFAULT now(),
        next_try_at  timestamptz(3) NOT NULL DEFAULT now()
      )`);
    await runner.query('CREATE INDEX blob_erasure_next_try_at_idx ON blob_erasure (next_try_at)');
    await runner.query(`
      CREATE INDEX moderation_case_looks_idx ON moderation_case (content_id) WHERE kind <> 'content'`);
    // A note is a person's free text, and may name somebody: it can be taken out, and nothing else of a decision can.
    await runner.query('DROP TRIGGER decision_append_only ON decision');
    await runner.query(`
      CREATE TRIGGER decision_append_only BEFORE DELETE OR TRUNCATE ON decision
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`);
    await runner.query(`
      CREATE TRIGGER decision_unchanged BEFORE UPDATE ON decision FOR EACH ROW
      WHEN (NEW.note IS NOT NULL OR to_jsonb(NEW.*) - 'note' IS DISTINCT FROM to_jsonb(OLD.*) - 'note')
      EXECUTE FUNCTION refuse_change()`);
  }
}
