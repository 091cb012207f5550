import { type DataSource, MigrationExecutor } from 'typeorm';
import { grantAppRole } from './app-role.js';
import { publishDefaultPolicy } from '../policies/policy-version.queries.js';

/** Any number that nobody else locks: "sluice" on a telephone keypad. */
const migrationLock = 758423;

/**
 * Brings the schema up to date, publishes the default policy where there is none, and tells the apps' role what it may do. Several apps may start at once:
 * the first holds an advisory lock, the others wait for it and find nothing left to do.
 * @returns the names of the migrations that this call applied, oldest first
 */
export const migrate = async (dataSource: DataSource): Promise<string[]> => {
  const runner = dataSource.createQueryRunner();
  await runner.connect();
  try {
    // A migration may rewrite a large table: neither it nor the wait for it falls under the usual limit.
    await runner.query('SET statement_timeout = 0');
    await runner.query('SELECT pg_advisory_lock($1)', [migrationLock]);
    try {
      const executor = new MigrationExecutor(dataSource, runner);
      executor.transaction = 'each';
      const applied = await executor.executePendingMigrations();
      await publishDefaultPolicy(dataSource);
      await grantAppRole(dataSource);
      return applied.map((migration) => migration.name);
    } finally {
      await runner.query('SELECT pg_advisory_unlock($1)', [migrationLock]);
      await runner.query('RESET statement_timeout');
    }
  } finally {
    await runner.release();
  }
};
