import pg from 'pg';
import { BusUnavailable } from '../errors.js';

/** What pg-boss asks of a database connection. */
export interface SqlExecutor {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- pg-boss's own type
  executeSql(text: string, values?: unknown[]): Promise<{ rows: any[] }>;
}

export interface DatabaseOptions {
  connectionString: string;
  /** most at once */
  connections: number;
  /**
   * Without it a commit does not wait for the disk, and a crash of Postgres may undo the last ones. Consumers can
   * bear that: what they took or finished is delivered again.
   */
  synchronousCommit: boolean;
  onIdleError: (error: Error) => void;
}

/** Nothing that the bus does takes long; what hangs is as bad as what fails, and the caller has a caller waiting. */
const connectLimitMs = 3_000;
const queryLimitMs = 10_000;

/** The bus's own small pool, beside the apps' one, so that a busy app does not keep its events from moving. */
export class Database implements SqlExecutor {
  private readonly pool: pg.Pool;

  constructor({ connectionString, connections, synchronousCommit, onIdleError }: DatabaseOptions) {
    this.pool = new pg.Pool({
      connectionString,
      max: connections,
      connectionTimeoutMillis: connectLimitMs,
      query_timeout: queryLimitMs,
      keepAlive: true,
      application_name: 'sluice-bus',
      options: synchronousCommit ? undefined : '-c synchronous_commit=off',
    });
    this.pool.on('error', onIdleError);
  }

  executeSql(text: string, values?: unknown[]): Promise<pg.QueryResult> {
    return this.pool.query(text, values);
  }

  async rows<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.pool.query<Row>(text, values)).rows;
  }

  /** All of `work`, or nothing. A connection on which anything failed is thrown away. */
  async transaction<T>(work: (within: SqlExecutor) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    // a connection that breaks between two statements would otherwise end the process
    client.on('error', ignore);
    try {
      await client.query('BEGIN');
      const result = await work({ executeSql: (text, values) => client.query(text, values) });
      await client.query('COMMIT');
      client.off('error', ignore);
      client.release();
      return result;
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}

const ignore = (): void => undefined;

/** Runs what needs the database, and tells callers one thing about all ways in which that may fail. */
export const orUnavailable = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw error instanceof Error && error.name === 'InvalidEvent' ? error : new BusUnavailable(error);
  }
};
