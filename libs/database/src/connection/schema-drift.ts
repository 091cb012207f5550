import type { DataSource } from 'typeorm';

/**
 * The statements that would turn the schema, as the migrations left it, into what the entities describe. Empty when
 * both say the same. Checks are compared by name; triggers and functions not at all.
 */
export const schemaDrift = async (dataSource: DataSource): Promise<string[]> => {
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  return upQueries.map(({ query }) => query);
};
