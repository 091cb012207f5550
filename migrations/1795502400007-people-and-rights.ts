import type { QueryRunner } from 'typeorm';
import { ForwardOnly } from './forward-only.js';

/**
 * What keys are for, which queues a person works on, tokens that change within a session, second factors, sign-in by an
 * identity provider, and counted tries to sign in. Keys that exist keep what they could do; sessions go on.
 */
export class PeopleAndRights1795502400007 extends ForwardOnly {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE api_key ADD scopes text[] NOT NULL
        DEFAULT '{content:moderate,content:read,appeals:write,statements:read}'
        CONSTRAINT api_key_scopes_check CHECK (cardinality(scopes) > 0)`);
    await runner.query('ALTER TABLE api_key ALTER scopes DROP DEFAULT');
    await runner.query(`
      ALTER TABLE moderator
        ALTER password_hash DROP NOT NULL,
        ADD must_change_password boolean NOT NULL DEFAULT false,
        ADD totp_secret bytea,
        ADD totp_confirmed_at timestamptz(3),
        ADD totp_last_step integer,
        ADD CONSTRAINT moderator_totp_check CHECK (totp_confirmed_at IS NULL OR totp_secret IS NOT NULL)`);
    await runner.query(`
      CREATE TABLE moderator_queue (
        moderator_id uuid NOT NULL REFERENCES moderator ON DELETE CASCADE,
        queue        text NOT NULL REFERENCES queue,
        PRIMARY KEY (moderator_id, queue)
      )`);
    await runner.query(`
      CREATE TABLE moderator_identity (
        issuer       text           NOT NULL,
        subject      text           NOT NULL,
        moderator_id uuid           NOT NULL REFERENCES moderator ON DELETE CASCADE,
        linked_at    timestamptz(3) NOT NULL DEFAULT now(),
        PRIMARY KEY (issuer, subject)
      )`);
    await runner.query(`
      CREATE INDEX moderator_identity_moderator_id_idx ON moderator_identity (moderator_id)`);
    await runner.query(`
      CREATE TABLE recovery_code (
        moderator_id uuid           NOT NULL REFERENCES moderator ON DELETE CASCADE,
        hash         bytea          NOT NULL,
        used_at      timestamptz(3),
        PRIMARY KEY (moderator_id, hash)
      )`);
    await runner.query(`
      ALTER TABLE session
        DROP CONSTRAINT session_pkey,
        ADD id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
        ADD CONSTRAINT session_token_hash_key UNIQUE (token_hash),
        ADD previous_token_hash bytea CONSTRAINT session_previous_token_hash_key UNIQUE,
        ADD rotated_at timestamptz(3) NOT NULL DEFAULT now(),
        ADD token_seen boolean NOT NULL DEFAULT true,
        ADD method text NOT NULL DEFAULT 'password'
          CONSTRAINT session_method_check CHECK (method IN ('password', 'totp', 'oidc')),
        ADD address text,
        ADD user_agent text`);
    await runner.query(`
      ALTER TABLE session ALTER id DROP DEFAULT, ALTER token_seen SET DEFAULT false, ALTER method DROP DEFAULT`);
    await runner.query(`
      CREATE TABLE login_try (
        key    text    PRIMARY KEY,
        points integer NOT NULL DEFAULT 0,
        expire bigint
      )`);
    await runner.query('CREATE INDEX login_try_expire_idx ON login_try (expire)');
  }
}
