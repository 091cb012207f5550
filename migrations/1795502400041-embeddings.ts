import type { QueryRunner } from 'typeorm';
import { ForwardOnly } from './forward-only.js';

/** What pictures are like, as vectors that similar pictures are found by. */
export class Embeddings1795502400041 extends ForwardOnly {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE content_embedding (
        content_id uuid           PRIMARY KEY REFERENCES content,
        model      text           NOT NULL,
        version    text           NOT NULL,
        vector     bytea,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        change_tx  bigint         NOT NULL,
        CONSTRAINT content_embedding_vector_check CHECK (octet_length(vector) > 0 AND octet_length(vector) % 2 = 0)
      )`);
    // Half-precision numbers hardly compress: trying costs time, and gains nothing.
    await runner.query('ALTER TABLE content_embedding ALTER vector SET STORAGE EXTERNAL');
    await runner.query(`
      CREATE INDEX content_embedding_change_tx_idx ON content_embedding (change_tx, content_id)`);
    await runner.query(`
      CREATE INDEX content_embedding_model_idx ON content_embedding (model, version) WHERE vector IS NOT NULL`);
    await runner.query(`
      CREATE INDEX content_embedding_age_idx ON content_embedding (created_at) WHERE vector IS NOT NULL`);
    // Readers hold vectors in memory: an erased one stays as a row without its vector, or they would not hear of it.
    await runner.query(`
      CREATE TRIGGER content_embedding_stamped BEFORE INSERT OR UPDATE ON content_embedding
      FOR EACH ROW EXECUTE FUNCTION stamp_change_tx()`);
    await runner.query(`
      CREATE TRIGGER content_embedding_kept BEFORE DELETE OR TRUNCATE ON content_embedding
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`);
    // A second look or a golden case bears the id of a content that is made up from its own time.
    await runner.query(`
      CREATE INDEX moderation_case_looks_age_idx ON moderation_case (created_at) WHERE kind <> 'content'`);
  }
}
