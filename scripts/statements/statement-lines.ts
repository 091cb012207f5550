import { type DataSource, type StatementPeriod, statementsIssued } from '#libs/database';
import {
  type DsaStatement,
  dsaStatementOf,
  dsaStatementSchema,
  maxDsaBatch,
  type Statement,
} from '#libs/domain';

/** Which statements, and how they are written. */
export interface StatementExport extends StatementPeriod {
  format: 'dsa' | 'full';
  /** up to 100 a line, as the transparency database's endpoint for many takes them */
  batches: boolean;
}

/** Lines of an export, and how many statements are in each. */
export interface StatementLine {
  text: string;
  statements: number;
}

/**
 * The statements of a period as JSON lines, in the order of their issue, read a page at a time.
 * @throws Error for a statement that the transparency database would refuse, with its id
 */
export async function* statementLines(
  dataSource: DataSource,
  { from, to, format, batches }: StatementExport,
): AsyncGenerator<StatementLine> {
  let after: { at: Date; id: string } | undefined;
  for (;;) {
    const page = await statementsIssued(dataSource, { from, to }, after, maxDsaBatch);
    const written = page.map((statement) => (format === 'dsa' ? checked(statement) : statement));
    if (written.length > 0 && batches)
      yield { text: JSON.stringify({ statements: written }), statements: written.length };
    if (!batches) for (const each of written) yield { text: JSON.stringify(each), statements: 1 };
    const last = page.at(-1);
    if (!last || page.length < maxDsaBatch) return;
    after = { at: new Date(last.issuedAt), id: last.id };
  }
}

/** What is refused there is refused for all of its call: better here, with its name. */
const checked = (statement: Statement): DsaStatement => {
  const exported = dsaStatementSchema.safeParse(dsaStatementOf(statement));
  if (exported.success) return exported.data;
  throw new Error(`The statement ${statement.id} would be refused: ${exported.error.message}`);
};
