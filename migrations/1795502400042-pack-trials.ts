import type { QueryRunner } from 'typeorm';
import { ForwardOnly } from './forward-only.js';

/** Packs that run beside others, what they said, and which worker has which pack. */
export class PackTrials1795502400042 extends ForwardOnly {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE pack_trial (
        id         uuid             PRIMARY KEY,
        pack       text             NOT NULL,
        version    text             NOT NULL,
        against    text             NOT NULL,
        share      double precision NOT NULL,
        state      text             NOT NULL DEFAULT 'running',
        started_by text             NOT NULL,
        started_at timestamptz(3)   NOT NULL DEFAULT clock_timestamp(),
        ended_at   timestamptz(3),
        CONSTRAINT pack_trial_state_check CHECK (state IN ('running', 'stopped', 'promoted', 'rolled_back')),
        CONSTRAINT pack_trial_share_check CHECK (share > 0 AND share <= 1),
        CONSTRAINT pack_trial_against_check CHECK (pack <> against),
        CONSTRAINT pack_trial_ended_check CHECK ((state = 'running') = (ended_at IS NULL))
      )`);
    await runner.query('CREATE INDEX pack_trial_pack_idx ON pack_trial (pack, started_at)');
    await runner.query(
      `CREATE UNIQUE INDEX pack_trial_running_idx ON pack_trial (pack) WHERE state = 'running'`,
    );
    await runner.query(`
      CREATE UNIQUE INDEX pack_trial_promoted_idx ON pack_trial (against) WHERE state = 'promoted'`);
    await runner.query(`
      CREATE TRIGGER pack_trial_announced AFTER INSERT OR UPDATE ON pack_trial
      FOR EACH STATEMENT EXECUTE FUNCTION announce_change('pack_trial')`);
    // Apart from classification: nothing that judges, estimates or exports ever reads these by accident.
    await runner.query(`
      CREATE TABLE shadow_classification (
        content_id    uuid           NOT NULL REFERENCES content,
        model         text           NOT NULL,
        version       text           NOT NULL,
        scores        jsonb          NOT NULL,
        classified_at timestamptz(3) NOT NULL DEFAULT now(),
        PRIMARY KEY (model, version, content_id)
      )`);
    await runner.query(`
      CREATE TABLE pack_holder (
        worker_id uuid           NOT NULL,
        pack      text           NOT NULL,
        version   text           NOT NULL,
        seen_at   timestamptz(3) NOT NULL DEFAULT now(),
        PRIMARY KEY (worker_id, pack)
      )`);
  }
}
