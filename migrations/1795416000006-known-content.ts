import type { QueryRunner } from 'typeorm';
import { ForwardOnly } from './forward-only.js';

/** Pictures that a person has decided on, for every gateway to hold in memory. */
export class KnownContent1795416000006 extends ForwardOnly {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE known_content (
        id             uuid           PRIMARY KEY,
        sha256         bytea          NOT NULL,
        pdq            bytea,
        pdq_quality    smallint,
        verdict        text           NOT NULL
                                      CONSTRAINT known_content_verdict_check CHECK (verdict IN ('allow', 'block')),
        case_id        uuid           NOT NULL REFERENCES moderation_case,
        decision_id    uuid           NOT NULL REFERENCES decision,
        policy_name    text           NOT NULL,
        policy_version integer        NOT NULL,
        expires_at     timestamptz(3),
        revoked_at     timestamptz(3),
        created_at     timestamptz(3) NOT NULL DEFAULT now(),
        change_tx      bigint         NOT NULL
      )`);
    // One decision per picture is in force; a later one revokes the earlier.
    await runner.query(`
      CREATE UNIQUE INDEX known_content_in_force_idx ON known_content (sha256) WHERE revoked_at IS NULL`);
    await runner.query('CREATE INDEX known_content_change_tx_idx ON known_content (change_tx)');
    // A reader that remembers the oldest transaction still running, and asks for rows written by it or later, misses
    // none: not even those of a transaction that began before its last look and ended after it.
    await runner.query(`
      CREATE FUNCTION stamp_change_tx() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        NEW.change_tx := pg_current_xact_id()::text::bigint;
        RETURN NEW;
      END $$`);
    await runner.query(`
      CREATE TRIGGER known_content_stamped BEFORE INSERT OR UPDATE ON known_content
      FOR EACH ROW EXECUTE FUNCTION stamp_change_tx()`);
    await runner.query(`
      CREATE TRIGGER known_content_announced AFTER INSERT OR UPDATE ON known_content
      FOR EACH STATEMENT EXECUTE FUNCTION announce_change('known_content')`);
    // A row that vanished could not be told to anybody by watermark: what no longer holds is revoked, not deleted.
    await runner.query(`
      CREATE TRIGGER known_content_kept BEFORE DELETE OR TRUNCATE ON known_content
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`);
  }
}
