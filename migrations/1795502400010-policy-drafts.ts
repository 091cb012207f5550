import type { QueryRunner } from 'typeorm';
import { ForwardOnly } from './forward-only.js';

/** Drafts of policies; who published a version, and why; what the models in use score. */
export class PolicyDrafts1795502400010 extends ForwardOnly {
  override async up(runner: QueryRunner): Promise<void> {
    // Null for what was published before, and published_by for what the system or an operator publishes.
    await runner.query(`
      ALTER TABLE policy_version
        ADD published_by uuid REFERENCES moderator,
        ADD reason text CONSTRAINT policy_version_reason_check CHECK (reason <> ''),
        ADD based_on integer CONSTRAINT policy_version_based_on_check CHECK (based_on > 0)`);
    await runner.query(`
      CREATE TABLE policy_draft (
        id                uuid           PRIMARY KEY,
        name              text           NOT NULL,
        title             text           NOT NULL,
        notes             text           NOT NULL,
        based_on          integer,
        document          jsonb          NOT NULL,
        revision          integer        NOT NULL DEFAULT 1
                          CONSTRAINT policy_draft_revision_check CHECK (revision > 0),
        created_by        uuid           NOT NULL REFERENCES moderator,
        created_at        timestamptz(3) NOT NULL DEFAULT now(),
        updated_by        uuid           NOT NULL REFERENCES moderator,
        updated_at        timestamptz(3) NOT NULL DEFAULT now(),
        published_version integer,
        FOREIGN KEY (name, based_on) REFERENCES policy_version (name, version),
        FOREIGN KEY (name, published_version) REFERENCES policy_version (name, version)
      )`);
    await runner.query(`
      CREATE INDEX policy_draft_open_idx ON policy_draft (name, id) WHERE published_version IS NULL`);
    await runner.query(`
      CREATE TABLE scorer (
        tier       text           NOT NULL
                   CONSTRAINT scorer_tier_check CHECK (tier IN ('fast', 'deep')),
        pack       text           NOT NULL,
        version    text           NOT NULL,
        categories text[]         NOT NULL,
        seen_at    timestamptz(3) NOT NULL DEFAULT now(),
        PRIMARY KEY (tier, pack, version)
      )`);
  }
}
