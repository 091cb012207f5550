import type { QueryRunner } from 'typeorm';
import { ForwardOnly } from './forward-only.js';

/** What was submitted, what the models scored, and every verdict that was given. */
export class ContentLedger1795416000004 extends ForwardOnly {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE content (
        id             uuid           PRIMARY KEY,
        sha256         bytea          NOT NULL,
        pdq            bytea,
        pdq_quality    smallint,
        media_type     text           NOT NULL,
        width          integer        NOT NULL,
        height         integer        NOT NULL,
        bytes          integer        NOT NULL,
        surface        text           NOT NULL,
        reference      text,
        api_key_id     uuid           NOT NULL,
        blob_key       text,
        received_at    timestamptz(3) NOT NULL,
        verdict        text CONSTRAINT content_verdict_check CHECK (verdict IN ('allow', 'review', 'block')),
        tier           text CONSTRAINT content_tier_check CHECK (tier IN ('known', 'fast', 'deep', 'human')),
        policy_name    text,
        policy_version integer,
        settled        boolean        NOT NULL DEFAULT false,
        final          boolean        NOT NULL DEFAULT false,
        updated_at     timestamptz(3) NOT NULL DEFAULT now()
      )`);
    await runner.query('CREATE INDEX content_sha256_idx ON content (sha256)');
    await runner.query(`
      CREATE TABLE classification (
        content_id    uuid           NOT NULL REFERENCES content,
        model         text           NOT NULL,
        version       text           NOT NULL,
        tier          text           NOT NULL,
        scores        jsonb          NOT NULL,
        classified_at timestamptz(3) NOT NULL,
        PRIMARY KEY (content_id, model, version)
      )`);
    await runner.query(`
      CREATE TABLE verdict (
        content_id     uuid           NOT NULL REFERENCES content,
        key            text           NOT NULL,
        tier           text           NOT NULL
                                      CONSTRAINT verdict_tier_check CHECK (tier IN ('known', 'fast', 'deep', 'human')),
        verdict        text           NOT NULL
                                      CONSTRAINT verdict_verdict_check CHECK (verdict IN ('allow', 'review', 'block')),
        policy_name    text           NOT NULL,
        policy_version integer        NOT NULL,
        categories     jsonb          NOT NULL,
        reasons        jsonb          NOT NULL,
        models         jsonb          NOT NULL,
        at             timestamptz(3) NOT NULL,
        PRIMARY KEY (content_id, key)
      )`);
    await runner.query(`
      CREATE TRIGGER verdict_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON verdict
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`);
  }
}
