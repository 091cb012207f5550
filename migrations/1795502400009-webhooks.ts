import type { QueryRunner } from 'typeorm';
import { ForwardOnly } from './forward-only.js';

/** Who is told of what, and every delivery: the outbox and the log of webhooks in one table. */
export class Webhooks1795502400009 extends ForwardOnly {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE webhook_endpoint (
        id                         uuid           PRIMARY KEY,
        url                        text           NOT NULL,
        description                text,
        event_types                text[]         NOT NULL
          CONSTRAINT webhook_endpoint_event_types_check CHECK (cardinality(event_types) > 0),
        enabled                    boolean        NOT NULL DEFAULT true,
        secret                     bytea,
        previous_secret            bytea,
        previous_secret_expires_at timestamptz(3),
        failures                   integer        NOT NULL DEFAULT 0
          CONSTRAINT webhook_endpoint_failures_check CHECK (failures >= 0),
        open_until                 timestamptz(3),
        created_at                 timestamptz(3) NOT NULL DEFAULT now(),
        deleted_at                 timestamptz(3),
        CONSTRAINT webhook_endpoint_secret_check CHECK ((secret IS NULL) = (deleted_at IS NOT NULL)),
        CONSTRAINT webhook_endpoint_previous_check
          CHECK ((previous_secret IS NULL) = (previous_secret_expires_at IS NULL))
      )`);
    await runner.query(`
      CREATE TABLE webhook_delivery (
        id              uuid           PRIMARY KEY,
        sequence        bigserial      NOT NULL,
        endpoint_id     uuid           NOT NULL REFERENCES webhook_endpoint,
        event_id        uuid           NOT NULL,
        type            text           NOT NULL,
        content_id      uuid,
        data            jsonb          NOT NULL,
        state           text           NOT NULL DEFAULT 'waiting'
          CONSTRAINT webhook_delivery_state_check CHECK (state IN ('waiting', 'delivered', 'failed')),
        attempts        integer        NOT NULL DEFAULT 0,
        next_attempt_at timestamptz(3) NOT NULL DEFAULT now(),
        lease_token     uuid,
        retry_since     timestamptz(3) NOT NULL DEFAULT now(),
        created_at      timestamptz(3) NOT NULL DEFAULT now(),
        attempted_at    timestamptz(3),
        duration_ms     integer,
        status          smallint,
        response        text,
        error           text,
        ended_at        timestamptz(3),
        CONSTRAINT webhook_delivery_ended_check CHECK ((state = 'waiting') = (ended_at IS NULL)),
        CONSTRAINT webhook_delivery_lease_check CHECK (state = 'waiting' OR lease_token IS NULL)
      )`);
    await runner.query(`
      CREATE INDEX webhook_delivery_log_idx ON webhook_delivery (endpoint_id, sequence)`);
    await runner.query(`
      CREATE INDEX webhook_delivery_waiting_idx ON webhook_delivery (endpoint_id, sequence) WHERE state = 'waiting'`);
    await runner.query(`
      CREATE INDEX webhook_delivery_failed_idx ON webhook_delivery (endpoint_id, sequence) WHERE state = 'failed'`);
    await runner.query(`
      CREATE INDEX webhook_delivery_due_idx ON webhook_delivery (endpoint_id, next_attempt_at) WHERE state = 'waiting'`);
    await runner.query(`
      CREATE INDEX webhook_delivery_order_idx ON webhook_delivery (endpoint_id, content_id, sequence)
      WHERE state = 'waiting'`);
    await runner.query(`
      CREATE INDEX webhook_delivery_leased_idx ON webhook_delivery (endpoint_id) WHERE lease_token IS NOT NULL`);
    await runner.query(`
      CREATE INDEX webhook_delivery_ended_idx ON webhook_delivery (ended_at) WHERE state <> 'waiting'`);
    await runner.query('CREATE INDEX webhook_delivery_content_id_idx ON webhook_delivery (content_id)');
    await runner.query(`
      CREATE TRIGGER webhook_delivery_announced AFTER INSERT ON webhook_delivery
      FOR EACH STATEMENT EXECUTE FUNCTION announce_change('webhook')`);
  }
}
