import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectDatabase, type DataSource, retriedTransaction } from '#libs/database';
import { createTestDatabase, type TestDatabase } from '../database.js';

describe('a transaction that is tried again', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await connectDatabase({ url: database.url, poolSize: 4, applicationName: 'test' });
    await dataSource.query('CREATE TABLE counted (id integer PRIMARY KEY, value integer NOT NULL)');
    await dataSource.query('INSERT INTO counted VALUES (1, 0), (2, 0)');
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  it('outlives a deadlock: of two that wait for each other both are done in the end, once', async () => {
    let attempts = 0;
    let arrived = 0;
    let bothHoldOne!: () => void;
    const held = new Promise<void>((resolve) => (bothHoldOne = resolve));
    const addTo = (first: number, second: number): Promise<void> =>
      retriedTransaction(dataSource, async (transaction) => {
        attempts += 1;
        await transaction.query('UPDATE counted SET value = value + 1 WHERE id = $1', [first]);
        arrived += 1;
        if (arrived === 2) bothHoldOne();
        await held;
        await transaction.query('UPDATE counted SET value = value + 1 WHERE id = $1', [second]);
      });
    await Promise.all([addTo(1, 2), addTo(2, 1)]);
    expect(attempts).toBe(3);
    expect(await dataSource.query('SELECT value FROM counted ORDER BY id')).toEqual([
      { value: 2 },
      { value: 2 },
    ]);
  });

  it('is given up where it is refused for good, at once, and where it fails again and again', async () => {
    const failing = async (code: string): Promise<number> => {
      let attempts = 0;
      const failed = retriedTransaction(dataSource, async (transaction) => {
        attempts += 1;
        await transaction.query(`DO $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '${code}'; END $$`);
      });
      await expect(failed).rejects.toThrow('refused');
      return attempts;
    };
    expect(await failing('23505')).toBe(1);
    expect(await failing('40001')).toBe(3);
  });
});
