import type { QueryRunner } from 'typeorm';
import { ForwardOnly } from './forward-only.js';

/** Complaints about blocks, and what the uploaders of blocked pictures are told. */
export class AppealsAndStatements1795502400006 extends ForwardOnly {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE appeal (
        id           uuid           PRIMARY KEY,
        content_id   uuid           NOT NULL REFERENCES content,
        case_id      uuid           NOT NULL REFERENCES moderation_case,
        reason       text,
        reference    text,
        filed_by     uuid           NOT NULL,
        filed_at     timestamptz(3) NOT NULL DEFAULT now(),
        state        text           NOT NULL DEFAULT 'open'
                     CONSTRAINT appeal_state_check CHECK (state IN ('open', 'upheld', 'overturned', 'withdrawn')),
        decision_id  uuid           REFERENCES decision,
        concluded_at timestamptz(3),
        CONSTRAINT appeal_concluded_check CHECK ((state = 'open') = (concluded_at IS NULL)),
        CONSTRAINT appeal_decision_check CHECK ((state IN ('upheld', 'overturned')) = (decision_id IS NOT NULL))
      )`);
    await runner.query(`CREATE UNIQUE INDEX appeal_open_idx ON appeal (content_id) WHERE state = 'open'`);
    await runner.query('CREATE INDEX appeal_content_id_filed_at_idx ON appeal (content_id, filed_at)');
    await runner.query('CREATE INDEX appeal_case_id_idx ON appeal (case_id)');
    await runner.query('CREATE INDEX appeal_filed_at_id_idx ON appeal (filed_at, id)');
    await runner.query('CREATE INDEX appeal_state_filed_at_id_idx ON appeal (state, filed_at, id)');
    // Which contents a block was extended to, by the case that it was decided under.
    await runner.query(`
      CREATE INDEX verdict_known_block_idx ON verdict ((reasons->0->>'caseId'))
      WHERE tier = 'known' AND verdict = 'block'`);
    await runner.query(`
      CREATE TABLE statement_of_reasons (
        id          uuid           PRIMARY KEY,
        content_id  uuid           NOT NULL REFERENCES content,
        verdict_key text           NOT NULL,
        issued_at   timestamptz(3) NOT NULL,
        document    jsonb          NOT NULL,
        UNIQUE (content_id, verdict_key),
        FOREIGN KEY (content_id, verdict_key) REFERENCES verdict (content_id, key)
      )`);
    await runner.query(
      'CREATE INDEX statement_of_reasons_issued_at_id_idx ON statement_of_reasons (issued_at, id)',
    );
    await runner.query(`
      CREATE TRIGGER statement_of_reasons_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON statement_of_reasons
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`);
  }
}
