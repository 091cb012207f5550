import path from 'node:path';
import { z } from 'zod';
import { connectDatabase, type DataSource } from '#libs/database';
import { fields, loadConfig } from '#libs/platform';
import { databaseUrl, readAccess } from '../start/postgres/access.js';

const schema = z.object({
  DATABASE_URL: fields.postgresUrl().optional(),
  DATA_DIR: fields.text('.data'),
});

/**
 * Runs `work` on the database of this installation: DATABASE_URL's, or the embedded one that `npm start` runs on
 * DATA_DIR.
 * @throws Error that says what to do when the database is out of reach
 */
export const withDatabase = async <Result>(
  work: (dataSource: DataSource) => Promise<Result>,
): Promise<Result> => {
  const dataSource = await connect();
  try {
    return await work(dataSource);
  } finally {
    await dataSource.destroy();
  }
};

/** @throws Error that says what to do where there is no database yet */
export const installationUrl = async (): Promise<string> => {
  const { DATABASE_URL, DATA_DIR } = loadConfig(schema);
  const access = await readAccess(path.resolve(DATA_DIR));
  const url = DATABASE_URL ?? (access && databaseUrl(access));
  if (url !== undefined) return url;
  throw new Error(`There is no database in ${DATA_DIR} yet: run npm start first, or set DATABASE_URL.`);
};

const connect = async (): Promise<DataSource> => {
  const url = await installationUrl();
  try {
    return await connectDatabase({ url, poolSize: 1, applicationName: 'sluice-admin' });
  } catch (error) {
    const reason = error instanceof Error ? error.message || error.name : String(error);
    throw new Error(
      `The database does not answer (${reason}). The embedded one runs while npm start does; start that in another terminal.`,
      { cause: error },
    );
  }
};
