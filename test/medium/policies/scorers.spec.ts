import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { announceScorers, knownScorers } from '#libs/database';
import { ScorerBeacon } from '#libs/policies';
import { createTestDatabase, type TestDatabase } from '../database.js';
import { eventually } from '../eventually.js';

const small = { tier: 'fast', pack: 'small', version: '1', categories: ['sexual/explicit'] } as const;

describe('What the models in use score', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(() => database.drop());

  const announce = (categories: string[] = [...small.categories]): Promise<void> =>
    announceScorers(database.dataSource, [{ ...small, categories }]);
  const lastSeen = (ago: string): Promise<unknown> =>
    database.dataSource.query(`UPDATE scorer SET seen_at = now() - $1::interval`, [ago]);
  const seenAt = async (): Promise<number> => {
    const [{ at }]: [{ at: Date }] = await database.dataSource.query('SELECT seen_at AS at FROM scorer');
    return at.getTime();
  };

  it('is known while somebody uses them, and some time after', async () => {
    await announce();
    expect(await knownScorers(database.dataSource)).toEqual([{ ...small, isLive: true }]);
    await lastSeen('4 minutes');
    expect(await knownScorers(database.dataSource)).toEqual([{ ...small, isLive: false }]);
    await announce();
    expect(await knownScorers(database.dataSource)).toEqual([{ ...small, isLive: true }]);
    await lastSeen('91 days');
    expect(await knownScorers(database.dataSource)).toEqual([]);
  });

  it('is written once by many processes, and anew where it changed', async () => {
    await Promise.all(Array.from({ length: 20 }, () => announce()));
    const first = await seenAt();
    await announce();
    expect(await seenAt()).toBe(first);
    await announce(['goods/firearm']);
    expect(await knownScorers(database.dataSource)).toMatchObject([{ categories: ['goods/firearm'] }]);
  });

  it('holds nobody up when the database is away', async () => {
    const troubles: Error[] = [];
    const away = await createTestDatabase();
    await away.dataSource.destroy();
    const beacon = new ScorerBeacon(
      away.dataSource,
      () => [{ ...small, categories: [] }],
      (error) => troubles.push(error),
    );
    await eventually(() => expect(troubles).toHaveLength(1));
    await beacon.close();
    await away.drop();
  });
});
