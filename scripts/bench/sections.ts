import type { BenchRow } from './report.js';

/**
 * Measures the sections of a benchmark, one after the other.
 *
 * @param only their names, with commas between them; all when left out
 * @throws Error for a name that none of them has, before anything is measured
 */
export const measureSections = async (
  sections: Readonly<Record<string, () => Promise<BenchRow[]>>>,
  only: string | undefined,
): Promise<BenchRow[]> => {
  const wanted = only?.split(',') ?? Object.keys(sections);
  const unknown = wanted.find((name) => !sections[name]);
  if (unknown !== undefined)
    throw new Error(`no such section: ${unknown} (there are ${Object.keys(sections).join(', ')})`);
  const rows: BenchRow[] = [];
  for (const name of wanted) {
    console.error(`measuring ${name}`);
    rows.push(...(await sections[name]!()));
  }
  return rows;
};

/** What a benchmark ends with: 1 when a target was missed. */
export const exitCodeOf = (rows: readonly BenchRow[]): number =>
  rows.every(({ holds }) => holds !== false) ? 0 : 1;
