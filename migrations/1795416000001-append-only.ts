import type { QueryRunner } from 'typeorm';
import { ForwardOnly } from './forward-only.js';

/** Two trigger functions that later tables share: one refuses changes, one tells listeners that something changed. */
export class AppendOnly1795416000001 extends ForwardOnly {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
      END $$`);
    // Listeners hear it when the transaction commits, once however many rows it changed.
    await runner.query(`
      CREATE FUNCTION announce_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_notify('sluice_changed', TG_ARGV[0]);
        RETURN NULL;
      END $$`);
  }
}
