import type { ClientBase } from 'pg';
import type { DataSourceOptions } from 'typeorm';
import { migrations } from '../../../../migrations/index.js';
import { entities } from '../entities.js';
import { ReadableNames } from './readable-names.js';

export interface DatabaseConfig {
  /** `postgres://user:password@host:port/database`; without it, libpq's own variables (PGHOST, PGPORT …) hold */
  url?: string;
  /** connections at most; each costs the server some megabytes */
  poolSize?: number;
  /** shown in pg_stat_activity */
  applicationName?: string;
}

const defaultPoolSize = 10;
const connectTimeoutMs = 5_000;
/** A query of ours that takes longer is lost already: better an error than a pool of stuck connections. */
const statementTimeoutMs = 30_000;

/**
 * Whoever uses a connection hears its errors, and so does the pool while nobody does; but between them is a moment, and
 * a server that ends a connection just then would end this process by an error that nobody heard. What the connection is
 * used for next fails, as it should.
 */
const hearErrors = (client: ClientBase): void => void client.on('error', () => undefined);

export const dataSourceOptions = (config: DatabaseConfig): DataSourceOptions => ({
  type: 'postgres',
  url: config.url,
  poolSize: config.poolSize ?? defaultPoolSize,
  applicationName: config.applicationName ?? 'sluice',
  connectTimeoutMS: connectTimeoutMs,
  extra: { statement_timeout: statementTimeoutMs, keepAlive: true, onConnect: hearErrors },
  namingStrategy: new ReadableNames(),
  entities,
  migrations,
  migrationsTableName: 'applied_migration',
  synchronize: false,
  logging: false,
});
