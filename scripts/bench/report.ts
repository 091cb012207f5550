import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';

/** One measured figure beside its target. `holds` is null where there is no target: a figure that explains another. */
export interface BenchRow {
  name: string;
  unit: string;
  value: number;
  target: string | null;
  holds: boolean | null;
}

export const atLeast = (name: string, unit: string, value: number, bound: number): BenchRow => ({
  name,
  unit,
  value,
  target: `≥ ${bound}`,
  holds: value >= bound,
});

export const atMost = (name: string, unit: string, value: number, bound: number): BenchRow => ({
  name,
  unit,
  value,
  target: `≤ ${bound}`,
  holds: value <= bound,
});

export const figure = (name: string, unit: string, value: number): BenchRow => ({
  name,
  unit,
  value,
  target: null,
  holds: null,
});

const digits = (value: number): string =>
  Number.isInteger(value) ? String(value) : value.toPrecision(Math.abs(value) >= 100 ? 4 : 3);

export const printRows = (title: string, rows: BenchRow[]): void => {
  const table = new Table({
    head: [title, 'value', 'unit', 'target', 'holds'],
    style: { head: [], border: [] },
  });
  for (const { name, value, unit, target, holds } of rows) {
    table.push([
      name,
      { content: digits(value), hAlign: 'right' },
      unit,
      target ?? '',
      holds === null ? '' : holds ? 'yes' : 'NO',
    ]);
  }
  console.log(table.toString());
};

/** Prints the table, and writes the rows where `--json FILE` says. */
export const report = (title: string, rows: BenchRow[]): void => {
  printRows(title, rows);
  const { values } = parseArgs({ options: { json: { type: 'string' } }, strict: false });
  if (typeof values.json === 'string') writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
};

/** Nearest-rank percentile; NaN for no samples. `share` in 0–1. */
export const percentile = (samples: readonly number[], share: number): number => {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
};

export const mean = (samples: readonly number[]): number =>
  samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
