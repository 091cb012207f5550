import { DefaultNamingStrategy, type Table } from 'typeorm';

const tableNameOf = (table: Table | string): string =>
  (typeof table === 'string' ? table : table.name).split('.').at(-1)!;

const snakeCase = (name: string): string => name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();

/**
 * snake_case columns, and constraints named as Postgres itself names them (`verdict_content_id_fkey`), so that an
 * error message or a plan can be read without looking up a hash.
 */
export class ReadableNames extends DefaultNamingStrategy {
  override columnName(property: string, custom: string | undefined, prefixes: string[]): string {
    return custom ?? snakeCase([...prefixes, property].join('_'));
  }

  override primaryKeyName(table: Table | string): string {
    return `${tableNameOf(table)}_pkey`;
  }

  override uniqueConstraintName(table: Table | string, columns: string[]): string {
    return `${tableNameOf(table)}_${columns.join('_')}_key`;
  }

  override foreignKeyName(table: Table | string, columns: string[]): string {
    return `${tableNameOf(table)}_${columns.join('_')}_fkey`;
  }

  override indexName(table: Table | string, columns: string[]): string {
    return `${tableNameOf(table)}_${columns.join('_')}_idx`;
  }
}
