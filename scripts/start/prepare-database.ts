import { z } from 'zod';
import { connectDatabase, ensureAppLogin, grantAppRole, migrate } from '#libs/database';
import { busFields, busSettings, openBus } from '#libs/events';
import { createLogger, loadConfig } from '#libs/platform';
import { type DemoAccess, ensureDemoAccess } from './demo-access.js';

export interface PreparedDatabase {
  /** migrations that were due */
  applied: number;
  access: DemoAccess;
  /** whether the apps' role knows what it may do: without it, the apps connect as the owner */
  hasAppRole: boolean;
}

/**
 * As the owner: brings the schema up to date, makes the queues of the bus where it is on Postgres, gives the apps' role
 * its rights, and makes the key and login to try the system with.
 * @param appUrl what the apps connect with, where their login is still to be made
 */
export const prepareDatabase = async (
  url: string,
  dataDir: string,
  appUrl?: string,
): Promise<PreparedDatabase> => {
  const dataSource = await connectDatabase({ url, poolSize: 2, applicationName: 'sluice-start' });
  try {
    const applied = await migrate(dataSource);
    await makeQueues(url);
    const hasAppRole = await grantAppRole(dataSource);
    if (appUrl !== undefined && hasAppRole) await ensureAppLogin(dataSource, appUrl);
    return { applied: applied.length, access: await ensureDemoAccess(dataSource, dataDir), hasAppRole };
  } finally {
    await dataSource.destroy();
  }
};

/** Opening the bus makes what it is missing; the apps may use it, but not make tables. */
const makeQueues = async (databaseUrl: string): Promise<void> => {
  const settings = busSettings(loadConfig(z.object(busFields)));
  if (settings.kafka) return;
  const bus = await openBus(settings, { databaseUrl, logger: createLogger('start', 'warn') });
  await bus.close();
};
