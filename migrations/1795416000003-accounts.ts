import type { QueryRunner } from 'typeorm';
import { ForwardOnly } from './forward-only.js';

/** Moderators and their sessions. */
export class Accounts1795416000003 extends ForwardOnly {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE moderator (
        id            uuid           PRIMARY KEY,
        email         text           NOT NULL CONSTRAINT moderator_email_key UNIQUE
                                     CONSTRAINT moderator_email_check CHECK (email = lower(email)),
        display_name  text           NOT NULL,
        role          text           NOT NULL
                                     CONSTRAINT moderator_role_check CHECK (role IN ('moderator', 'senior', 'lead', 'admin')),
        password_hash text           NOT NULL,
        created_at    timestamptz(3) NOT NULL DEFAULT now(),
        disabled_at   timestamptz(3)
      )`);
    await runner.query(`
      CREATE TABLE session (
        token_hash   bytea          PRIMARY KEY,
        moderator_id uuid           NOT NULL REFERENCES moderator ON DELETE CASCADE,
        created_at   timestamptz(3) NOT NULL DEFAULT now(),
        expires_at   timestamptz(3) NOT NULL,
        last_seen_at timestamptz(3) NOT NULL DEFAULT now()
      )`);
    await runner.query('CREATE INDEX session_moderator_id_idx ON session (moderator_id)');
    await runner.query('CREATE INDEX session_expires_at_idx ON session (expires_at)');
  }
}
