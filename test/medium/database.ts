import { randomBytes } from 'node:crypto';
import { connectDatabase, type DataSource } from '#libs/database';
import pg from 'pg';

const required = (name: string): string => {
  const value = process.env[name];
  if (!value)
    throw new Error(`${name} is not set: suites under test/medium run in the Jest project "medium".`);
  return value;
};

const administer = async (statement: string): Promise<void> => {
  const client = new pg.Client(required('SLUICE_TEST_POSTGRES'));
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
};

export interface TestDatabase {
  /** as superuser */
  url: string;
  /** as the apps: only what `grantAppRole` gave them */
  appUrl: string;
  dataSource: DataSource;
  /** ends the data source, and with force whatever else is still connected */
  drop(): Promise<void>;
}

/** A database of the suite's own, or without a template an empty one. The template is migrated and seeded. */
export const createTestDatabase = async ({
  poolSize = 10,
  migrated = true,
}: { poolSize?: number; migrated?: boolean } = {}): Promise<TestDatabase> => {
  const name = `sluice_test_${randomBytes(6).toString('hex')}`;
  const template = migrated ? required('SLUICE_TEST_TEMPLATE') : 'template0';
  await administer(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  const [url, appUrl] = [required('SLUICE_TEST_POSTGRES'), required('SLUICE_TEST_POSTGRES_APP')].map(
    (server) => Object.assign(new URL(server), { pathname: `/${name}` }),
  ) as [URL, URL];
  const dataSource = await connectDatabase({ url: url.href, poolSize, applicationName: 'sluice-test' });
  return {
    url: url.href,
    appUrl: appUrl.href,
    dataSource,
    drop: async () => {
      if (dataSource.isInitialized) await dataSource.destroy();
      await administer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
};
