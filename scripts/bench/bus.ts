import { parseArgs } from 'node:util';
import { backlogRows } from './bus/backlog.js';
import { kafkaCaseRows } from './bus/case.js';
import { overheadRows } from './bus/kafka-overhead.js';
import { postgresRows } from './bus/postgres.js';
import { workerRows } from './bus/worker.js';
import { type BenchRow, report } from './report.js';
import { exitCodeOf, measureSections } from './sections.js';

/**
 * npm run bench:bus [-- --json FILE] [--only SECTION,…] [--quick]: the bus on Postgres and on Kafka, and the worker behind
 * it. Takes about ten minutes; with --quick, on fewer events, about three. Exit code 1 when a target is missed.
 */
export const main = async (args: string[]): Promise<number> => {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: 'string' },
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
    },
  });
  const sections: Record<string, () => Promise<BenchRow[]>> = {
    postgres: postgresRows,
    'kafka-overhead': () => overheadRows(values.quick),
    worker: () => workerRows(values.quick),
    case: kafkaCaseRows,
    backlog: () => backlogRows(values.quick),
  };
  const rows = await measureSections(sections, values.only);
  report('bench:bus', rows);
  return exitCodeOf(rows);
};
