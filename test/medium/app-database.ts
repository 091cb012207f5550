import { pino } from 'pino';
import { grantAppRole } from '#libs/database';
import { openBus } from '#libs/events';
import { createTestDatabase, type TestDatabase } from './database.js';

/**
 * A database as an operator prepares it for the apps: the owner has made the queues, and the apps' role (`appUrl`) its
 * rights.
 */
export const createAppDatabase = async (): Promise<TestDatabase> => {
  const database = await createTestDatabase();
  const logger = pino({ level: 'silent' });
  const bus = await openBus({ kafka: undefined }, { databaseUrl: database.url, logger, connections: 1 });
  await bus.close();
  await grantAppRole(database.dataSource);
  return database;
};
