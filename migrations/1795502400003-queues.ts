import type { QueryRunner } from 'typeorm';
import { ForwardOnly } from './forward-only.js';

/** Queues by name, the rules that route cases to them, and contents that wait for another content's case. */
export class Queues1795502400003 extends ForwardOnly {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE queue (
        name         text           PRIMARY KEY,
        title        text           NOT NULL,
        minimum_role text           NOT NULL DEFAULT 'moderator'
                     CONSTRAINT queue_minimum_role_check CHECK (minimum_role IN ('moderator', 'senior', 'lead', 'admin')),
        sla_seconds  integer        CONSTRAINT queue_sla_seconds_check CHECK (sla_seconds > 0),
        position     integer        NOT NULL,
        created_at   timestamptz(3) NOT NULL DEFAULT now(),
        disabled_at  timestamptz(3)
      )`);
    await runner.query(`
      INSERT INTO queue (name, title, minimum_role, position) VALUES
        ('senior',  'Escalated to seniors',  'senior',    10),
        ('sexual',  'Nudity and sexual acts', 'moderator', 20),
        ('goods',   'Restricted goods',       'moderator', 30),
        ('apparel', 'Apparel',                'moderator', 40),
        ('spam',    'Spam and solicitation',  'moderator', 50),
        ('general', 'General',                'moderator', 60)`);
    // A case must not wait where nobody looks: whatever queue it names exists from then on, and anybody may claim there.
    await runner.query(`
      CREATE FUNCTION make_queues_known() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO queue (name, title, position)
        SELECT DISTINCT queue, queue, 1000 FROM inserted_case
        ON CONFLICT (name) DO NOTHING;
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE TRIGGER moderation_case_queues_known AFTER INSERT ON moderation_case
      REFERENCING NEW TABLE AS inserted_case FOR EACH STATEMENT EXECUTE FUNCTION make_queues_known()`);
    await runner.query(`
      INSERT INTO queue (name, title, position)
      SELECT DISTINCT queue, queue, 1000 FROM moderation_case ON CONFLICT (name) DO NOTHING`);
    await runner.query(`
      CREATE TABLE routing_rules (
        version      integer        PRIMARY KEY CONSTRAINT routing_rules_version_check CHECK (version > 0),
        document     jsonb          NOT NULL,
        published_by uuid           REFERENCES moderator,
        published_at timestamptz(3) NOT NULL DEFAULT now()
      )`);
    await runner.query(`
      CREATE TRIGGER routing_rules_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON routing_rules
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`);
    await runner.query(`
      CREATE TABLE case_content (
        content_id  uuid           PRIMARY KEY REFERENCES content,
        case_id     uuid           NOT NULL REFERENCES moderation_case,
        attached_at timestamptz(3) NOT NULL DEFAULT now()
      )`);
    await runner.query('CREATE INDEX case_content_case_id_idx ON case_content (case_id)');
    await runner.query(`
      ALTER TABLE content
        ADD audience integer CONSTRAINT content_audience_check CHECK (audience >= 0)`);
  }
}
