import { parseArgs } from 'node:util';
import { type BenchRow, report } from './report.js';
import { atWorkRows } from './review/at-work.js';
import { claimRows } from './review/claims.js';
import { cutConnectionRows } from './review/cut-connections.js';
import { pageRows } from './review/pages.js';
import { webhookRows } from './review/webhooks.js';

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
  const sections: Record<string, (isQuick: boolean) => Promise<BenchRow[]>> = {
    'at-work': atWorkRows,
    claims: claimRows,
    'cut-connections': cutConnectionRows,
    pages: pageRows,
    webhooks: webhookRows,
  };
  const wanted = values.only?.split(',') ?? Object.keys(sections);
  const unknown = wanted.find((name) => !sections[name]);
  if (unknown !== undefined)
    throw new Error(`no such section: ${unknown} (there are ${Object.keys(sections).join(', ')})`);
  const rows: BenchRow[] = [];
  for (const name of wanted) {
    console.error(`measuring ${name}`);
    rows.push(...(await sections[name]!(values.quick)));
  }
  report('bench:review', rows);
  return rows.every(({ holds }) => holds !== false) ? 0 : 1;
};
