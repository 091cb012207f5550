import type { QueryRunner } from 'typeorm';
import { ForwardOnly } from './forward-only.js';

/**
 * Cases that are escalated, appealed, or looked at a second time; who may not have a case again; decisions that replace
 * earlier ones. What waits is indexed apart from what is held, so that a claim passes over nothing.
 */
export class CaseLifecycle1795502400001 extends ForwardOnly {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE moderation_case
        DROP CONSTRAINT moderation_case_content_id_key,
        DROP CONSTRAINT moderation_case_state_check,
        DROP CONSTRAINT moderation_case_decided_check,
        ADD kind text NOT NULL DEFAULT 'content'
          CONSTRAINT moderation_case_kind_check CHECK (kind IN ('content', 'second', 'golden')),
        ADD stage text NOT NULL DEFAULT 'open'
          CONSTRAINT moderation_case_stage_check CHECK (stage IN ('open', 'escalated', 'appealed')),
        ADD sla_at timestamptz(3),
        ADD leased_at timestamptz(3),
        ADD CONSTRAINT moderation_case_state_check
          CHECK (state IN ('open', 'escalated', 'appealed', 'leased', 'decided', 'closed')),
        ADD CONSTRAINT moderation_case_waiting_check
          CHECK (state = stage OR state IN ('leased', 'decided', 'closed')),
        ADD CONSTRAINT moderation_case_decided_check
          CHECK (state NOT IN ('decided', 'closed') OR decided_at IS NOT NULL)`);
    await runner.query(`
      CREATE UNIQUE INDEX moderation_case_content_idx ON moderation_case (content_id) WHERE kind = 'content'`);
    await runner.query(`
      DROP INDEX moderation_case_claim_idx, moderation_case_claim_queue_idx, moderation_case_decided_idx`);
    await runner.query(`
      CREATE INDEX moderation_case_claim_idx ON moderation_case (queue, due_at, id)
      WHERE state IN ('open', 'escalated', 'appealed')`);
    await runner.query(`
      CREATE INDEX moderation_case_lease_idx ON moderation_case (queue, lease_expires_at) WHERE state = 'leased'`);
    await runner.query(`
      CREATE INDEX moderation_case_undecided_idx ON moderation_case (due_at, id)
      WHERE state NOT IN ('decided', 'closed')`);
    await runner.query(`
      CREATE INDEX moderation_case_decided_idx ON moderation_case (decided_at, id)
      WHERE state IN ('decided', 'closed')`);
    await runner.query(`
      CREATE TABLE case_exclusion (
        case_id      uuid           NOT NULL REFERENCES moderation_case,
        moderator_id uuid           NOT NULL REFERENCES moderator,
        reason       text           NOT NULL
                     CONSTRAINT case_exclusion_reason_check CHECK (reason IN ('decided', 'skipped', 'escalated')),
        at           timestamptz(3) NOT NULL DEFAULT now(),
        PRIMARY KEY (case_id, moderator_id)
      )`);
    await runner.query(`
      ALTER TABLE decision
        ADD supersedes_id uuid REFERENCES decision CONSTRAINT decision_supersedes_id_key UNIQUE,
        ADD time_spent_ms integer CONSTRAINT decision_time_spent_check CHECK (time_spent_ms >= 0)`);
  }
}
