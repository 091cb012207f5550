import type { QueryRunner } from 'typeorm';
import { ForwardOnly } from './forward-only.js';

/** How well people decide: pictures whose right answer is known, and second people's looks at decided cases. */
export class Quality1795502400005 extends ForwardOnly {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE moderation_case
        ADD reserved_for uuid REFERENCES moderator,
        ADD CONSTRAINT moderation_case_reserved_check CHECK (reserved_for IS NULL OR kind = 'golden')`);
    await runner.query(`
      CREATE TABLE golden_case (
        id         uuid           PRIMARY KEY,
        content_id uuid           NOT NULL REFERENCES content,
        case_id    uuid           NOT NULL REFERENCES moderation_case,
        queue      text           NOT NULL,
        verdict    text           NOT NULL
                   CONSTRAINT golden_case_verdict_check CHECK (verdict IN ('allow', 'block')),
        category   text,
        note       text           NOT NULL,
        made_by    uuid           NOT NULL REFERENCES moderator,
        made_at    timestamptz(3) NOT NULL DEFAULT now(),
        retired_by uuid           REFERENCES moderator,
        retired_at timestamptz(3),
        CONSTRAINT golden_case_retired_check CHECK ((retired_at IS NULL) = (retired_by IS NULL))
      )`);
    await runner.query(`
      CREATE UNIQUE INDEX golden_case_active_idx ON golden_case (content_id) WHERE retired_at IS NULL`);
    await runner.query('CREATE INDEX golden_case_queue_idx ON golden_case (queue) WHERE retired_at IS NULL');
    await runner.query('CREATE INDEX golden_case_made_at_id_idx ON golden_case (made_at, id)');
    // One row a look, from when it is prepared. A picture is put before a person once: the unique constraint says so.
    await runner.query(`
      CREATE TABLE quality_look (
        case_id            uuid           PRIMARY KEY REFERENCES moderation_case ON DELETE CASCADE,
        kind               text           NOT NULL
                           CONSTRAINT quality_look_kind_check CHECK (kind IN ('second', 'golden')),
        parent_case_id     uuid           UNIQUE REFERENCES moderation_case,
        golden_id          uuid           REFERENCES golden_case,
        reserved_for       uuid           REFERENCES moderator,
        queue              text           NOT NULL,
        category           text,
        expected           text           NOT NULL
                           CONSTRAINT quality_look_expected_check CHECK (expected IN ('allow', 'block')),
        first_decision_id  uuid           REFERENCES decision,
        first_moderator_id uuid           REFERENCES moderator,
        decision_id        uuid           REFERENCES decision,
        moderator_id       uuid           REFERENCES moderator,
        verdict            text
                           CONSTRAINT quality_look_verdict_check CHECK (verdict IN ('allow', 'block')),
        prepared_at        timestamptz(3) NOT NULL DEFAULT now(),
        concluded_at       timestamptz(3),
        withdrawn_at       timestamptz(3),
        UNIQUE (golden_id, reserved_for),
        CONSTRAINT quality_look_of_check CHECK (
          CASE kind WHEN 'second' THEN parent_case_id IS NOT NULL AND first_decision_id IS NOT NULL
                      AND first_moderator_id IS NOT NULL AND golden_id IS NULL AND reserved_for IS NULL
                    ELSE golden_id IS NOT NULL AND reserved_for IS NOT NULL AND parent_case_id IS NULL END),
        CONSTRAINT quality_look_concluded_check CHECK (
          (concluded_at IS NOT NULL) = (verdict IS NOT NULL AND moderator_id IS NOT NULL AND decision_id IS NOT NULL)),
        CONSTRAINT quality_look_themselves_check CHECK (moderator_id <> first_moderator_id)
      )`);
    await runner.query(`
      CREATE INDEX quality_look_concluded_idx ON quality_look (concluded_at) WHERE concluded_at IS NOT NULL`);
    await runner.query(`
      CREATE INDEX quality_look_waiting_idx ON quality_look (reserved_for, prepared_at)
      WHERE concluded_at IS NULL AND withdrawn_at IS NULL`);
  }
}
