import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ChangeFeed, publishPolicy } from '#libs/database';
import { defaultPolicyDocument, type Policy, type PolicyDocument } from '#libs/domain';
import { PolicyBook } from '#libs/policies';
import { createTestDatabase, type TestDatabase } from '../database.js';
import { eventually } from '../eventually.js';

/** Longer than any test: only a notification can be what made the book look. */
const neverPoll = 3_600_000;

const strict: PolicyDocument = { ...defaultPolicyDocument, hold: !defaultPolicyDocument.hold };

describe('PolicyBook', () => {
  let database: TestDatabase;
  let feed: ChangeFeed;
  let book: PolicyBook;
  let troubles: Error[];

  beforeEach(async () => {
    database = await createTestDatabase();
    feed = new ChangeFeed({ url: database.url, pollMs: neverPoll });
    await feed.start();
    troubles = [];
    book = await PolicyBook.open(database.dataSource, feed, (error) => troubles.push(error));
  });
  afterEach(async () => {
    await book.close();
    await feed.close();
    await database.drop();
  });

  it('holds the default policy of a fresh database', () => {
    expect(book.current()).toEqual({ name: 'default', version: 1, document: defaultPolicyDocument });
  });

  it('takes up a new version when it is published', async () => {
    await publishPolicy(database.dataSource, 'default', strict);
    const policy = await eventually(() => {
      expect(book.current().version).toBe(2);
      return book.current();
    });
    expect(policy.document).toEqual(strict);
  });

  it('keeps the last good version when a later one cannot be used, and says so', async () => {
    await publishPolicy(database.dataSource, 'default', { ...strict, auditSampleRate: 7 });
    await eventually(() => expect(troubles).not.toHaveLength(0));
    expect(troubles[0]!.message).toContain('auditSampleRate');
    expect(book.current().version).toBe(1);
    await publishPolicy(database.dataSource, 'default', strict);
    await eventually(() => expect(book.current().version).toBe(3));
  });

  it('keeps the last good version when this process does not accept a later one, and does not open on such a one', async () => {
    const accept = ({ version }: Policy): void => {
      if (version === 2) throw new Error('nobody scores goods/alcohol');
    };
    const choosy = await PolicyBook.open(database.dataSource, feed, (error) => troubles.push(error), accept);
    await publishPolicy(database.dataSource, 'default', strict);
    await eventually(() =>
      expect(troubles.map(({ message }) => message)).toContain('nobody scores goods/alcohol'),
    );
    expect(choosy.current().version).toBe(1);
    await expect(PolicyBook.open(database.dataSource, feed, undefined, accept)).rejects.toThrow(
      'goods/alcohol',
    );
    await publishPolicy(database.dataSource, 'default', strict);
    await eventually(() => expect(choosy.current().version).toBe(3));
    await choosy.close();
  });

  it('keeps what it holds while the database is away', async () => {
    await database.dataSource.destroy();
    expect(book.current().version).toBe(1);
  });

  it('does not open on a database without a default policy', async () => {
    const empty = await createTestDatabase({ migrated: false });
    await empty.dataSource.runMigrations();
    await expect(PolicyBook.open(empty.dataSource, feed)).rejects.toThrow('no policy "default"');
    await empty.drop();
  });

  it('refuses to change a published version', async () => {
    await expect(
      database.dataSource.query(`UPDATE policy_version SET document = '{}' WHERE version = 1`),
    ).rejects.toThrow('append-only');
  });
});
