import type { QueryRunner } from 'typeorm';
import { ForwardOnly } from './forward-only.js';

/** Contents that wait for a person, and what people decided. */
export class Cases1795416000005 extends ForwardOnly {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE moderation_case (
        id               uuid             PRIMARY KEY,
        content_id       uuid             NOT NULL REFERENCES content CONSTRAINT moderation_case_content_id_key UNIQUE,
        queue            text             NOT NULL,
        state            text             NOT NULL DEFAULT 'open'
                         CONSTRAINT moderation_case_state_check CHECK (state IN ('open', 'leased', 'decided')),
        due_at           timestamptz(3)   NOT NULL,
        lease_token      uuid,
        lease_holder_id  uuid             REFERENCES moderator,
        lease_expires_at timestamptz(3),
        audit_propensity double precision,
        created_at       timestamptz(3)   NOT NULL DEFAULT now(),
        decided_at       timestamptz(3),
        CONSTRAINT moderation_case_lease_check CHECK (
          (state = 'leased') = (lease_token IS NOT NULL AND lease_holder_id IS NOT NULL AND lease_expires_at IS NOT NULL)),
        CONSTRAINT moderation_case_decided_check CHECK ((state = 'decided') = (decided_at IS NOT NULL))
      )`);
    await runner.query(`
      CREATE INDEX moderation_case_claim_idx ON moderation_case (due_at, id) WHERE state <> 'decided'`);
    await runner.query(`
      CREATE INDEX moderation_case_claim_queue_idx ON moderation_case (queue, due_at, id) WHERE state <> 'decided'`);
    await runner.query(`
      CREATE INDEX moderation_case_decided_idx ON moderation_case (decided_at, id) WHERE state = 'decided'`);
    await runner.query(`
      CREATE TABLE decision (
        id              uuid           PRIMARY KEY,
        case_id         uuid           NOT NULL REFERENCES moderation_case,
        moderator_id    uuid           NOT NULL REFERENCES moderator,
        lease_token     uuid           NOT NULL CONSTRAINT decision_lease_token_key UNIQUE,
        verdict         text           NOT NULL
                        CONSTRAINT decision_verdict_check CHECK (verdict IN ('allow', 'block')),
        reason          text           NOT NULL,
        note            text,
        machine_verdict text           NOT NULL
                        CONSTRAINT decision_machine_verdict_check CHECK (machine_verdict IN ('allow', 'review', 'block')),
        policy_name     text           NOT NULL,
        policy_version  integer        NOT NULL,
        decided_at      timestamptz(3) NOT NULL
      )`);
    await runner.query('CREATE INDEX decision_case_id_idx ON decision (case_id)');
    await runner.query(`
      CREATE TRIGGER decision_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON decision
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`);
  }
}
