import type { Database } from './database.js';

/**
 * What pg-boss 10 lacks for queues that grow long. Its fetch sorts all that waits (0.5 s at 200 000 jobs, 6 ms with
 * the first of these), and its search for dead consumers reads the whole table (the second holds only what is in
 * somebody's hands). Both name the partition's columns as pg-boss's statements do.
 */
const indexes = [
  { suffix: '_old', definition: `(created_on, id) WHERE state < 'active'` },
  { suffix: '_act', definition: `(id) WHERE state = 'active'` },
];

/** Rows come and go all day: without this, dead ones pile up until a fifth of the largest size ever is dead. */
const storage = `autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05`;

/** Makes what is missing; looks first, since CREATE INDEX would wait for, and hold up, running consumers. */
export const installIndexes = async (database: Database): Promise<void> => {
  for (const { suffix, definition } of indexes) {
    const missing = await database.rows<{ partition: string }>(
      `SELECT partition_name AS partition FROM pgboss.queue
        WHERE to_regclass('pgboss.' || quote_ident(partition_name || $1)) IS NULL`,
      [suffix],
    );
    for (const { partition } of missing) {
      await database.executeSql(
        `CREATE INDEX "${partition}${suffix}" ON pgboss."${partition}" ${definition}`,
      );
      await database.executeSql(`ALTER TABLE pgboss."${partition}" SET (${storage})`);
    }
  }
};
