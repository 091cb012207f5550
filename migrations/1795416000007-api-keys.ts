import type { QueryRunner } from 'typeorm';
import { ForwardOnly } from './forward-only.js';

/** Keys of upload services, and the requests that they promised to be one. */
export class ApiKeys1795416000007 extends ForwardOnly {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE api_key (
        id                  uuid           PRIMARY KEY,
        name                text           NOT NULL,
        prefix              text           NOT NULL CONSTRAINT api_key_prefix_key UNIQUE,
        hash                bytea          NOT NULL,
        requests_per_minute integer        CONSTRAINT api_key_rate_limit_check CHECK (requests_per_minute > 0),
        created_at          timestamptz(3) NOT NULL DEFAULT now(),
        revoked_at          timestamptz(3)
      )`);
    await runner.query(`
      CREATE TRIGGER api_key_announced AFTER INSERT OR UPDATE OR DELETE ON api_key
      FOR EACH STATEMENT EXECUTE FUNCTION announce_change('api_key')`);
    await runner.query(`
      CREATE TABLE idempotency_key (
        api_key_id          uuid           NOT NULL,
        key                 text           NOT NULL,
        request_fingerprint bytea          NOT NULL,
        content_id          uuid           NOT NULL,
        status              text           NOT NULL DEFAULT 'pending'
                            CONSTRAINT idempotency_key_status_check CHECK (status IN ('pending', 'answered')),
        response            jsonb,
        created_at          timestamptz(3) NOT NULL DEFAULT now(),
        PRIMARY KEY (api_key_id, key),
        CONSTRAINT idempotency_key_response_check CHECK ((status = 'answered') = (response IS NOT NULL))
      )`);
    await runner.query('CREATE INDEX idempotency_key_created_at_idx ON idempotency_key (created_at)');
  }
}
