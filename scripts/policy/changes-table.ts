import Table from 'cli-table3';
import type { PolicyChange } from '#libs/policies';

/** What differs, for a terminal. */
export const changesTable = (changes: PolicyChange[]): string => {
  if (changes.length === 0) return 'Nothing differs.';
  const table = new Table({ head: ['where', 'from', 'to'], style: { head: [], border: [] } });
  for (const { path, kind, from, to } of changes)
    table.push([
      path,
      kind === 'added' ? '' : JSON.stringify(from),
      kind === 'removed' ? '' : JSON.stringify(to),
    ]);
  return table.toString();
};
