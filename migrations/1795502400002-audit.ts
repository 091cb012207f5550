import type { QueryRunner } from 'typeorm';
import { ForwardOnly } from './forward-only.js';

/** Who did what: rows are written in the transaction of the act, and sealed into a hash chain soon after. */
export class Audit1795502400002 extends ForwardOnly {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE audit_entry (
        id           uuid           PRIMARY KEY,
        at           timestamptz(3) NOT NULL,
        actor_kind   text           NOT NULL
                     CONSTRAINT audit_entry_actor_kind_check CHECK (actor_kind IN ('moderator', 'service', 'system')),
        actor_id     uuid,
        act          text           NOT NULL,
        subject_kind text           NOT NULL,
        subject_id   text           NOT NULL,
        details      jsonb          NOT NULL
      )`);
    await runner.query(`
      CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`);
  }
}
