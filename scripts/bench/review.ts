import { parseArgs } from 'node:util';
import { type BenchRow, report } from './report.js';
import { atWorkRows } from './review/at-work.js';
import { claimRows } from './review/claims.js';
import { cutConnectionRows } from './review/cut-connections.js';
import { pageRows } from './review/pages.js';
import { webhookRows } from './review/webhooks.js';
import { exitCodeOf, measureSections } from './sections.js';

/**
 * npm run bench:review [-- --json FILE] [--only SECTION,…] [--quick]: the review app on a real Postgres with rows made by
 * SQL. Takes about half an hour and 10 GB of disk; with --quick, on fewer cases, about five minutes. Exit code 1 when a
 * target is missed.
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
    'at-work': () => atWorkRows(values.quick),
    claims: () => claimRows(values.quick),
    'cut-connections': () => cutConnectionRows(values.quick),
    pages: () => pageRows(values.quick),
    webhooks: () => webhookRows(values.quick),
  };
  const rows = await measureSections(sections, values.only);
  report('bench:review', rows);
  return exitCodeOf(rows);
};
