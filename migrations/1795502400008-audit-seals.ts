import type { QueryRunner } from 'typeorm';
import { ForwardOnly } from './forward-only.js';

/** The hash chain over audit entries, how far it is made, and what lists of entries are read by. */
export class AuditSeals1795502400008 extends ForwardOnly {
  override async up(runner: QueryRunner): Promise<void> {
    // Which transaction wrote an entry tells the sealer what became visible since it last looked. No trigger is needed:
    // nobody has a reason to say otherwise, and a seal that is missing is found by the verification in any case.
    await runner.query(`
      ALTER TABLE audit_entry
        ADD written_tx bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint)`);
    await runner.query('CREATE INDEX audit_entry_written_tx_idx ON audit_entry (written_tx, id)');
    await runner.query('CREATE INDEX audit_entry_at_idx ON audit_entry (at, id)');
    await runner.query('CREATE INDEX audit_entry_actor_idx ON audit_entry (actor_id, at, id)');
    await runner.query('CREATE INDEX audit_entry_act_idx ON audit_entry (act, at, id)');
    await runner.query('CREATE INDEX audit_entry_subject_idx ON audit_entry (subject_id, at, id)');
    await runner.query(`
      CREATE TABLE audit_seal (
        sequence      bigint         PRIMARY KEY CONSTRAINT audit_seal_sequence_check CHECK (sequence > 0),
        entry_id      uuid           NOT NULL CONSTRAINT audit_seal_entry_id_key UNIQUE REFERENCES audit_entry,
        previous_hash bytea          NOT NULL CONSTRAINT audit_seal_previous_hash_check CHECK (length(previous_hash) = 32),
        hash          bytea          NOT NULL CONSTRAINT audit_seal_hash_check CHECK (length(hash) = 32),
        sealed_at     timestamptz(3) NOT NULL
      )`);
    await runner.query(`
      CREATE TRIGGER audit_seal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seal
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`);
    await runner.query(`
      CREATE TABLE audit_sealing (
        id      smallint PRIMARY KEY CONSTRAINT audit_sealing_id_check CHECK (id = 1),
        cluster text,
        upto    bigint   NOT NULL,
        pending bigint[] NOT NULL
      )`);
    await runner.query(`INSERT INTO audit_sealing (id, cluster, upto, pending) VALUES (1, NULL, 0, '{}')`);
  }
}
