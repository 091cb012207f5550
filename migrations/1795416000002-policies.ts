import type { QueryRunner } from 'typeorm';
import { ForwardOnly } from './forward-only.js';

/** Published policies. */
export class Policies1795416000002 extends ForwardOnly {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE policy_version (
        name         text           NOT NULL,
        version      integer        NOT NULL CONSTRAINT policy_version_version_check CHECK (version > 0),
        document     jsonb          NOT NULL,
        published_at timestamptz(3) NOT NULL DEFAULT now(),
        PRIMARY KEY (name, version)
      )`);
    await runner.query(`
      CREATE TRIGGER policy_version_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON policy_version
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`);
    await runner.query(`
      CREATE TRIGGER policy_version_announced AFTER INSERT ON policy_version
      FOR EACH STATEMENT EXECUTE FUNCTION announce_change('policy')`);
  }
}
