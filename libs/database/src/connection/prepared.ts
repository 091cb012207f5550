import { createHash } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import type { ClientBase } from 'pg';

const names = new Map<string, string>();

/** The same text has the same name on every connection; a name tells nothing else. */
const nameOf = (text: string): string => {
  const known = names.get(text);
  if (known) return known;
  const name = createHash('sha256').update(text).digest('base64url').slice(0, 20);
  names.set(text, name);
  return name;
};

/**
 * Runs a statement that its connection parses and plans once, and then keeps. For what people wait for and Postgres
 * plans for longer than it runs. The text must be one of few: each is kept for as long as the connection lives.
 * @returns the rows, also those of INSERT, UPDATE and DELETE with RETURNING
 */
export const prepared = async <Row>(
  database: DataSource | EntityManager,
  text: string,
  values: unknown[],
): Promise<Row[]> => {
  const statement = { name: nameOf(text), text, values };
  const joined = 'queryRunner' in database ? database.queryRunner : undefined;
  if (joined) return rowsOf<Row>((await joined.connect()) as ClientBase, statement);
  const runner = ('manager' in database ? database : database.dataSource).createQueryRunner();
  try {
    return await rowsOf<Row>((await runner.connect()) as ClientBase, statement);
  } finally {
    await runner.release();
  }
};

const rowsOf = async <Row>(
  client: ClientBase,
  statement: { name: string; text: string; values: unknown[] },
): Promise<Row[]> => (await client.query(statement)).rows as Row[];

/**
 * Ids as the first parameter of a prepared statement. Of one id the planner knows that it is one, and keeps the plan;
 * of an array it would guess ten, take that for dear, and plan anew each time.
 */
export const idsParameter = (ids: string[]): { sql: string; value: string | string[] } =>
  ids.length === 1 ? { sql: 'ARRAY[$1::uuid]', value: ids[0]! } : { sql: '$1::uuid[]', value: ids };
