import type { DataSource } from '#libs/database';

/** One node of a plan that was run, as EXPLAIN (ANALYZE, FORMAT JSON) tells it. */
export interface PlanNode {
  'Node Type': string;
  'Index Name'?: string;
  'Relation Name'?: string;
  /** per loop, on average */
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: PlanNode[];
}

/** Every node of a statement's plan, once it has run and was taken back. */
export const explained = async (
  dataSource: DataSource,
  sql: string,
  parameters: unknown[] = [],
): Promise<PlanNode[]> => {
  const runner = dataSource.createQueryRunner();
  await runner.startTransaction();
  try {
    const rows = (await runner.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`, parameters)) as {
      'QUERY PLAN': { Plan: PlanNode }[];
    }[];
    const flat = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(flat)];
    return flat(rows[0]!['QUERY PLAN'][0]!.Plan);
  } finally {
    await runner.rollbackTransaction();
    await runner.release();
  }
};

/** Rows that a node read, also those that it threw away. */
export const rowsRead = (node: PlanNode): number =>
  (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'];
