import { DataSource } from 'typeorm';
import { dataSourceOptions } from './connection/data-source-options.js';

/** For TypeORM's command line; where the server is, it learns from PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE. */
export default new DataSource(dataSourceOptions({ poolSize: 2, applicationName: 'sluice-cli' }));
