import { DataSource } from 'typeorm';
import { type DatabaseConfig, dataSourceOptions } from './data-source-options.js';

/**
 * A connected data source; the caller ends it with `destroy()`. Rejects when the server is out of reach or refuses
 * the credentials: an app that cannot reach its database at start has nothing to do.
 */
export const connectDatabase = (config: DatabaseConfig): Promise<DataSource> =>
  new DataSource(dataSourceOptions(config)).initialize();
