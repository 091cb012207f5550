import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { blobKeyFor, type BlobStore, DiskBlobStore } from '#libs/blobs';
import { ContentEntity, ModerationCaseEntity, publishPolicy, renewCurrentVerdicts } from '#libs/database';
import { defaultPolicyDocument } from '#libs/domain';
import {
  emptyTally,
  sweepBlobs,
  type SweepOptions,
  type Tally,
  UnknownStore,
} from '../../../scripts/blobs/sweep-blobs.js';
import { aCase } from '../../builders/case.builder.js';
import { aContent } from '../../builders/content.builder.js';
import { aModerator } from '../../builders/moderator.builder.js';
import { createTestDatabase, type TestDatabase } from '../database.js';

const hourMs = 60 * 60_000;
const ago = (days: number): Date => new Date(Date.now() - days * 24 * hourMs);
const rules = { minAgeMs: 24 * hourMs, orphanAgeMs: 30 * 24 * hourMs, dryRun: false, unknownToo: false };

let database: TestDatabase;
let folder: string;
let store: BlobStore;
beforeAll(async () => {
  database = await createTestDatabase();
  const strict = {
    ...defaultPolicyDocument,
    retention: { ...defaultPolicyDocument.retention, allowedDays: 2, blockedDays: 4 },
  };
  await publishPolicy(database.dataSource, 'strict', strict);
  const { retention: _unsaid, ...old } = defaultPolicyDocument;
  await publishPolicy(database.dataSource, 'old', old as typeof defaultPolicyDocument);
});
afterAll(() => database.drop());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-sweep-'));
  store = await DiskBlobStore.open(folder);
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

interface Picture {
  key: string;
  sha256: string;
  bytes: Buffer;
}

const aStoredPicture = async (storedAt: Date): Promise<Picture> => {
  const bytes = randomBytes(100);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const key = blobKeyFor(sha256);
  await store.put(key, bytes);
  await utimes(join(folder, key), storedAt, storedAt);
  return { key, sha256, bytes };
};

/** A content of the picture, judged for good on that day unless told otherwise. */
const aRow = async ({ sha256, key }: Picture, facts: Partial<ContentEntity>): Promise<string> => {
  const { sha256: _other, pdq: _pdq, receivedAt: _at, ...content } = aContent();
  await database.dataSource.getRepository(ContentEntity).insert({
    ...content,
    sha256: Buffer.from(sha256, 'hex'),
    receivedAt: ago(1000),
    blobKey: key,
    verdict: 'block',
    tier: 'deep',
    policyName: 'strict',
    policyVersion: 1,
    settled: true,
    final: true,
    updatedAt: ago(999),
    ...facts,
  });
  return content.id;
};

const aCaseOn = async (contentId: string, facts: Partial<ModerationCaseEntity> = {}): Promise<void> => {
  await database.dataSource
    .getRepository(ModerationCaseEntity)
    .insert({ id: randomUUID(), contentId, queue: 'sexual', dueAt: new Date(), ...facts });
};

const swept = async (over: Partial<SweepOptions> = {}, from: BlobStore = store): Promise<Tally> => {
  const tally = emptyTally();
  await sweepBlobs(from, database.dataSource, { ...rules, ...over }, tally);
  return tally;
};
const isThere = async ({ key }: Picture): Promise<boolean> => (await store.get(key)) !== undefined;

describe('The sweep', () => {
  it.each<[kept: boolean, why: string, facts: Partial<ContentEntity>]>([
    [true, 'no tier has judged it', { verdict: null, tier: null, final: false, settled: false }],
    [
      true,
      'the deep tier still owes its word',
      { verdict: 'allow', tier: 'fast', final: false, settled: false },
    ],
    [true, 'it is in review', { verdict: 'review', tier: 'deep', final: false, settled: false }],
    [true, 'it is in review, whatever was settled', { verdict: 'review' }],
    [true, 'it was allowed a day ago and is kept for two', { verdict: 'allow', updatedAt: ago(1) }],
    [false, 'it was allowed three days ago and was kept for two', { verdict: 'allow', updatedAt: ago(3) }],
    [true, 'it was blocked three days ago and is kept for four', { updatedAt: ago(3) }],
    [false, 'it was blocked five days ago and was kept for four', { updatedAt: ago(5) }],
    [true, 'its policy is from before there was a choice', { policyName: 'old', updatedAt: ago(179) }],
    [false, 'so is its policy, and it was blocked longer ago', { policyName: 'old', updatedAt: ago(201) }],
    [true, 'its policy is gone, so the default holds', { policyName: 'gone', updatedAt: ago(179) }],
  ])('keeps a picture: %s, since %s', async (isKept, _why, facts) => {
    const picture = await aStoredPicture(ago(1000));
    await aRow(picture, facts);
    await swept();
    expect(await isThere(picture)).toBe(isKept);
  });

  it('never deletes what an open case needs, however old, whoever holds it, and whatever other contents say', async () => {
    const moderator = await aModerator(database.dataSource);
    const lease = {
      state: 'leased' as const,
      leaseToken: randomUUID(),
      leaseHolderId: moderator.id,
      leaseExpiresAt: ago(1),
    };
    for (const facts of [{}, lease, { auditPropensity: 0.1 }]) {
      const picture = await aStoredPicture(ago(1000));
      await aCaseOn(await aRow(picture, {}), facts);
      await aRow(picture, {});
      await swept();
      expect(await isThere(picture)).toBe(true);
      await database.dataSource.query(
        `UPDATE moderation_case SET state = 'decided', decided_at = now(),
           lease_token = NULL, lease_holder_id = NULL, lease_expires_at = NULL`,
      );
      expect((await swept()).expired.pictures).toBe(1);
      expect(await isThere(picture)).toBe(false);
    }
  });

  it('takes a state of a case that it does not know for an open one', async () => {
    const picture = await aStoredPicture(ago(1000));
    const contentId = await aRow(picture, {});
    const other = await createTestDatabase();
    try {
      await other.dataSource.query(
        `ALTER TABLE moderation_case DROP CONSTRAINT moderation_case_state_check,
           DROP CONSTRAINT moderation_case_waiting_check`,
      );
      const [row] = await database.dataSource.query<object[]>('SELECT * FROM content WHERE id = $1', [
        contentId,
      ]);
      await other.dataSource.query(
        'INSERT INTO content SELECT * FROM jsonb_populate_record(NULL::content, $1)',
        [JSON.stringify({ ...row, sha256: `\\x${picture.sha256}` })],
      );
      await other.dataSource.query(
        `INSERT INTO moderation_case (id, content_id, queue, due_at, state)
         VALUES (gen_random_uuid(), $1, 'sexual', now(), 'from a later version')`,
        [contentId],
      );
      const tally = emptyTally();
      await sweepBlobs(store, other.dataSource, rules, tally);
      expect(tally['open-case'].pictures).toBe(1);
    } finally {
      await other.drop();
    }
  });

  it('follows the ledger: kept while its case is open, and for the retention after the decision', async () => {
    const picture = await aStoredPicture(ago(1000));
    const { id, content } = await aCase()
      .about({ sha256: picture.sha256, blobKey: picture.key, receivedAt: ago(1000).toISOString() })
      .store(database.dataSource);
    expect((await swept())['open-case'].pictures).toBe(1);
    await database.dataSource.transaction(async (transaction) => {
      await transaction.query(
        `UPDATE moderation_case SET state = 'decided', decided_at = now() WHERE id = $1`,
        [id],
      );
      await transaction.query(
        `INSERT INTO verdict SELECT content_id, 'human:1', 'human', 'allow', policy_name, policy_version,
           categories, reasons, models, now() FROM verdict WHERE content_id = $1`,
        [content.id],
      );
      await renewCurrentVerdicts(transaction, [content.id]);
    });
    expect((await swept()).retained.pictures).toBe(1);
    await database.dataSource.query(
      `UPDATE content SET updated_at = now() - interval '31 days' WHERE id = $1`,
      [content.id],
    );
    expect((await swept()).expired.pictures).toBe(1);
  });

  it('keeps a picture while any of its contents needs it', async () => {
    const picture = await aStoredPicture(ago(1000));
    await aRow(picture, { updatedAt: ago(900) });
    await aRow(picture, { updatedAt: ago(3) });
    await swept();
    expect(await isThere(picture)).toBe(true);
  });

  it('does not keep a picture for an allow whose upload was not stored', async () => {
    const picture = await aStoredPicture(ago(1000));
    await aRow(picture, {});
    await aRow(picture, {
      verdict: 'allow',
      tier: 'known',
      blobKey: null,
      receivedAt: ago(0),
      updatedAt: ago(0),
    });
    await swept();
    expect(await isThere(picture)).toBe(false);
  });

  it('keeps what was stored in the last day, and what no content tells of for thirty', async () => {
    const [fresh, awaited, orphan] = [
      await aStoredPicture(ago(0.9)),
      await aStoredPicture(ago(29)),
      await aStoredPicture(ago(31)),
    ];
    await aRow(fresh, {});
    const tally = await swept();
    expect([await isThere(fresh), await isThere(awaited), await isThere(orphan)]).toEqual([
      true,
      true,
      false,
    ]);
    expect([tally.young.pictures, tally.awaited.pictures, tally.orphan.pictures]).toEqual([1, 1, 1]);
  });

  it('keeps a picture that was put again, until the content of that put is known or cannot come any more', async () => {
    const picture = await aStoredPicture(ago(10));
    await aRow(picture, { receivedAt: ago(1000) });
    expect((await swept()).awaited.pictures).toBe(1);
    await aRow(picture, { receivedAt: ago(10) });
    expect((await swept()).expired.pictures).toBe(1);
  });

  it('keeps what is put while it runs, between its look at the database and the deletion', async () => {
    const pictures = await Promise.all(Array.from({ length: 20 }, () => aStoredPicture(ago(1000))));
    for (const picture of pictures) await aRow(picture, {});
    const uploading = await DiskBlobStore.open(folder);
    const raced = new Proxy(store, {
      get: (target, name) =>
        name === 'deleteIfOlder'
          ? async (key: string, than: Date) => {
              const { bytes } = pictures.find((each) => each.key === key)!;
              await uploading.put(key, bytes);
              return target.deleteIfOlder(key, than);
            }
          : (Reflect.get(target, name) as () => unknown).bind(target),
    });
    expect((await swept({}, raced)).refreshed.pictures).toBe(20);
    for (const picture of pictures) expect(await isThere(picture)).toBe(true);
  });

  it('deletes nothing in a dry run, and tells what it would', async () => {
    const picture = await aStoredPicture(ago(1000));
    await aRow(picture, {});
    expect((await swept({ dryRun: true })).expired).toEqual({ pictures: 1, bytes: 100 });
    expect(await isThere(picture)).toBe(true);
  });

  it('goes through more pictures than it asks about at once, unless the database knows none of them', async () => {
    const pictures = await Promise.all(Array.from({ length: 1050 }, () => aStoredPicture(ago(40))));
    await expect(swept()).rejects.toThrow(UnknownStore);
    expect(await isThere(pictures[0]!)).toBe(true);
    expect((await swept({ unknownToo: true })).orphan).toEqual({ pictures: 1050, bytes: 105_000 });
  });
});
