import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Change, ChangeFeed, createApiKey, publishPolicy, revokeApiKey } from '#libs/database';
import { defaultPolicyDocument } from '#libs/domain';
import { createTestDatabase, type TestDatabase } from '../database.js';
import { eventually } from '../eventually.js';

const neverPoll = 3_600_000;

describe('ChangeFeed', () => {
  let database: TestDatabase;
  let feed: ChangeFeed;
  let troubles: string[];

  const follow = (change: Change, pollMs?: number): { times: () => number } => {
    let times = 0;
    feed.subscribe(
      change,
      () => {
        times += 1;
        return Promise.resolve();
      },
      pollMs,
    );
    return { times: () => times };
  };

  beforeEach(async () => {
    database = await createTestDatabase();
    troubles = [];
    feed = new ChangeFeed({
      url: database.url,
      pollMs: neverPoll,
      onTrouble: (what) => troubles.push(what),
    });
  });
  afterEach(async () => {
    await feed.close();
    await database.drop();
  });

  it('tells only those who follow what has changed', async () => {
    await feed.start();
    const [policies, keys] = [follow('policy'), follow('api_key')];
    const { prefix } = await createApiKey(database.dataSource, { name: 'shop' });
    await eventually(() => expect(keys.times()).toBe(1));
    await revokeApiKey(database.dataSource, prefix);
    await eventually(() => expect(keys.times()).toBe(2));
    expect(policies.times()).toBe(0);
  });

  it('polls for those who ask for it, even when it cannot listen', async () => {
    const policies = follow('policy', 5);
    await eventually(() => expect(policies.times()).toBeGreaterThan(2));
  });

  it('comes back after its connection was cut, and has everybody look at once', async () => {
    await feed.start();
    const policies = follow('policy');
    await database.dataSource.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'sluice-change-feed' AND datname = current_database()`,
    );
    await eventually(() => expect(policies.times()).toBe(1));
    expect(troubles).toHaveLength(1);
    await publishPolicy(database.dataSource, 'default', defaultPolicyDocument);
    await eventually(() => expect(policies.times()).toBe(2));
  });

  it('starts while the server is out of reach, and says so', async () => {
    const lost = new ChangeFeed({
      url: 'postgres://nobody@127.0.0.1:1/none',
      onTrouble: (what) => troubles.push(what),
    });
    await lost.start();
    await lost.close();
    expect(troubles.length).toBeGreaterThan(0);
  });

  it('goes on after a refresh that failed', async () => {
    await feed.start();
    let times = 0;
    feed.subscribe('policy', () => {
      times += 1;
      return times === 1 ? Promise.reject(new Error('no luck')) : Promise.resolve();
    });
    await publishPolicy(database.dataSource, 'default', defaultPolicyDocument);
    await eventually(() => expect(times).toBe(1));
    await publishPolicy(database.dataSource, 'default', defaultPolicyDocument);
    await eventually(() => expect(times).toBe(2));
    expect(troubles).toEqual(['refreshing policy failed; what was read last goes on to hold']);
  });
});
