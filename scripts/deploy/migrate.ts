import { z } from 'zod';
import { blobFields, type BlobSettings, blobSettings, openBlobStore } from '#libs/blobs';
import {
  appRole,
  connectDatabase,
  type DataSource,
  ensureAppLogin,
  grantAppRole,
  migrate,
} from '#libs/database';
import { busFields, busSettings, openBus } from '#libs/events';
import { createLogger, fields, loadConfig } from '#libs/platform';

const schema = z.object({
  DATABASE_URL: fields.postgresUrl(),
  APP_DATABASE_URL: fields.postgresUrl().optional(),
  LOG_LEVEL: fields.logLevel(),
  DATA_DIR: fields.text('.data'),
  ...busFields,
  ...blobFields,
});

/** @throws ConfigError naming every variable that does not fit */
export const readMigrateConfig = (env?: Record<string, string | undefined>) => {
  const read = loadConfig(schema, env);
  return {
    databaseUrl: read.DATABASE_URL,
    appDatabaseUrl: read.APP_DATABASE_URL,
    logLevel: read.LOG_LEVEL,
    bus: busSettings(read),
    blobs: blobSettings(read),
  };
};

/**
 * node scripts/run.mjs deploy/migrate: brings the schema up to date, publishes the default policy where there is none,
 * makes the bus's queues or topics, gives the apps' role its rights (and makes the login of APP_DATABASE_URL), and writes to the bucket where there is one. Safe to run again, and by several at
 * once. Ends with 0 when the apps can be started.
 */
export const main = async (): Promise<number> => {
  const { databaseUrl, appDatabaseUrl, logLevel, bus, blobs } = readMigrateConfig();
  const applied = await withDatabase(databaseUrl, migrate);
  console.log(`Schema: ${applied.length === 0 ? 'up to date' : `applied ${applied.join(', ')}`}`);
  // Opening a bus makes what it is missing.
  const opened = await openBus(bus, { databaseUrl, logger: createLogger('migrate', logLevel) });
  await opened.close();
  console.log(`Bus: ready on ${bus.kafka ? 'Kafka' : 'Postgres'}`);
  // After the queues: they are tables too.
  console.log(await withDatabase(databaseUrl, (dataSource) => grantApps(dataSource, appDatabaseUrl)));
  await tryBucket(blobs);
  return 0;
};

const withDatabase = async <T>(url: string, work: (dataSource: DataSource) => Promise<T>): Promise<T> => {
  const dataSource = await connectDatabase({ url, poolSize: 2, applicationName: 'sluice-migrate' });
  try {
    return await work(dataSource);
  } finally {
    await dataSource.destroy();
  }
};

/** @returns what to tell the operator */
const grantApps = async (dataSource: DataSource, appUrl: string | undefined): Promise<string> => {
  if (!(await grantAppRole(dataSource)))
    return `Role: ${appRole} is missing, and this user may not make it. Let one who may run CREATE ROLE ${appRole}, then run this again; until then the apps can only be the owner`;
  if (appUrl === undefined) return `Role: ${appRole} has its rights`;
  await ensureAppLogin(dataSource, appUrl);
  return `Role: ${appRole} has its rights, and ${new URL(appUrl).username} is a member of it`;
};

/** A folder is that of each app's own machine, and not for us to make. */
const tryBucket = async (settings: BlobSettings): Promise<void> => {
  if (settings.kind !== 's3') return;
  await (await openBlobStore(settings)).close();
  console.log(`Pictures: the bucket ${settings.s3.bucket} can be written and read`);
};
