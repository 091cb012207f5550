import Table from 'cli-table3';
import { atMost, type BenchRow, figure, percentile, printRows } from '../bench/report.js';
import type { ChaosOptions } from './options.js';
import { type Check, failedWhileRestarted } from './reconcile/reconcile.js';
import type { RunResult } from './run.js';

const shownExamples = 5;

/** What a run came to, for a person: rules, numbers, faults. */
export const printRun = ({ seed, checks, counts, times, faults }: RunResult): void => {
  printRows(`seed ${seed}`, [
    ...counts.map(({ name, value }) => figure(name, '', value)),
    ...times.map(({ name, value }) => figure(name, 's', value)),
  ]);
  const done = new Table({
    head: ['fault', 'at', 'lasted', 'all ready again after', 'the last one'],
    style: { head: [], border: [] },
  });
  const inOrder = [...faults.faults].sort((a, b) => a.from - b.from);
  for (const { what, from, until, recoveredAt, last } of inOrder)
    done.push([
      what,
      seconds(from - inOrder[0]!.from),
      seconds(until - from),
      recoveredAt === null ? 'NEVER' : seconds(recoveredAt - until),
      last ?? '',
    ]);
  console.log(done.toString());
  printRows(`seed ${seed}: broken`, checks.map(checkRow));
  for (const { name, broken } of checks) {
    if (broken.length === 0) continue;
    console.log(`${name}: ${broken.length}`);
    for (const example of broken.slice(0, shownExamples)) console.log(`  ${example}`);
  }
};

/** For several seeds together, as the benchmarks write their figures. */
export const rowsOf = (
  results: RunResult[],
  { uploads, faults: broken }: Pick<ChaosOptions, 'uploads' | 'faults'>,
): BenchRow[] => {
  const all = results.flatMap(({ checks }) => checks);
  const what = broken === 'rolling' ? 'rolling restarts of all three apps under load' : 'chaos';
  const name = `${what}, ${results.length} seed${results.length === 1 ? '' : 's'} of ${uploads} uploads`;
  const recoveries = results.flatMap(({ faults }) =>
    faults.faults.flatMap(({ until, recoveredAt }) =>
      recoveredAt === null ? [] : [(recoveredAt - until) / 1000],
    ),
  );
  return [
    atMost(`${name}: lost`, 'of all', sumOf(all, 'lost'), 0),
    atMost(`${name}: duplicated`, 'of all', sumOf(all, 'duplicated'), 0),
    atMost(`${name}: other broken promises`, 'of all', sumOf(all, 'wrong'), 0),
    ...all
      .filter(({ name }) => name === failedWhileRestarted)
      .map(({ broken }) => atMost(`${name}: failed requests but retried 503s`, 'requests', broken.length, 0)),
    figure(`${name}: faults`, 'faults', results.flatMap(({ faults }) => faults.faults).length),
    ...(recoveries.length > 0
      ? [
          figure(`${name}: all ready again after a fault, median`, 's', percentile(recoveries, 0.5)),
          figure(`${name}: all ready again after a fault, longest`, 's', Math.max(...recoveries)),
        ]
      : []),
    ...results.flatMap(({ seed, counts, times, checks }) => [
      ...counts.map(({ name, value }) => figure(`seed ${seed}: ${name}`, '', value)),
      ...times.map(({ name, value }) => figure(`seed ${seed}: ${name}`, 's', value)),
      ...checks.map((check) => ({ ...checkRow(check), name: `seed ${seed}: ${check.name}` })),
    ]),
  ];
};

const checkRow = ({ name, broken }: Check): BenchRow => atMost(name, '', broken.length, 0);

const sumOf = (checks: Check[], kind: Check['kind']): number =>
  checks.filter((each) => each.kind === kind).reduce((sum, { broken }) => sum + broken.length, 0);

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
