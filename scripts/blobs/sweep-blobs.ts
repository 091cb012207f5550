import pLimit from 'p-limit';
import { type BlobStore, sha256Of, type StoredBlob } from '#libs/blobs';
import { type DataSource, storedPictures } from '#libs/database';
import { defaultRetention } from '#libs/domain';
import { type Fate, fateOf, fatesThatDelete, type SweepRules } from './fate.js';

/** Pictures that the database is asked about at once. */
const pageSize = 500;

/** Deletions in progress: each is a round trip or two to the store. */
const deletions = 16;

/** So many pictures that may go as orphans, and not one that the database knows, are no chance. */
const suspiciousOrphans = 100;

export interface SweepOptions extends SweepRules {
  /** tells what would go */
  dryRun: boolean;
  /** goes on where the database knows none of the pictures */
  unknownToo: boolean;
}

/** The database knows nothing of this store: it is another installation's, or was restored from nothing. */
export class UnknownStore extends Error {
  constructor(pictures: number) {
    super(
      `The database knows none of ${pictures} stored pictures. Is it the one that belongs to this store? If it is, run again with --unknown-too.`,
    );
    this.name = 'UnknownStore';
  }
}

/** How many pictures, and how many bytes. `refreshed`: put again between the look at them and their deletion. */
export type Tally = Record<Fate | 'refreshed', { pictures: number; bytes: number }>;

export const emptyTally = (): Tally => {
  const none = () => ({ pictures: 0, bytes: 0 });
  return {
    young: none(),
    'open-case': none(),
    'not-final': none(),
    retained: none(),
    awaited: none(),
    refreshed: none(),
    expired: none(),
    orphan: none(),
  };
};

/**
 * Deletes stored pictures that nothing needs any more. Whatever is put while it runs stays: a put makes a blob young,
 * and only old ones are deleted, by a look at the age at the moment of deletion.
 *
 * @param tally is added to as it goes, so that it tells what was done also when the store or the database fails
 * @throws UnknownStore before a page is touched that the database knows nothing of
 * @throws BlobUnavailable, or the database's error; it may be run again at any time
 */
export const sweepBlobs = async (
  store: BlobStore,
  dataSource: DataSource,
  rules: SweepOptions,
  tally: Tally,
): Promise<void> => {
  for await (const page of pagesOf(store.list())) await sweepPage(store, dataSource, rules, tally, page);
};

const sweepPage = async (
  store: BlobStore,
  dataSource: DataSource,
  rules: SweepOptions,
  tally: Tally,
  page: StoredBlob[],
): Promise<void> => {
  // Before the question: what is put after it must count as younger than what may be deleted.
  const now = new Date();
  const oldEnough = new Date(now.getTime() - rules.minAgeMs);
  const rows = await storedPictures(
    dataSource,
    page.map(({ key }) => sha256Of(key)),
    defaultRetention,
  );
  const pictures = new Map(rows.map((picture) => [picture.sha256, picture]));
  const count = (what: keyof Tally, { bytes }: StoredBlob) => {
    tally[what].pictures++;
    tally[what].bytes += bytes;
  };
  const fates = page.map((blob) => ({
    blob,
    fate: fateOf(blob, pictures.get(sha256Of(blob.key)), now, rules),
  }));
  const orphans = fates.filter(({ fate }) => fate === 'orphan').length;
  if (pictures.size === 0 && orphans >= suspiciousOrphans && !rules.dryRun && !rules.unknownToo)
    throw new UnknownStore(page.length);
  const limit = pLimit(deletions);
  const results = await Promise.allSettled(
    fates.map(async ({ blob, fate }) => {
      const isToGo = fatesThatDelete.includes(fate) && !rules.dryRun;
      const isGone = !isToGo || (await limit(() => store.deleteIfOlder(blob.key, oldEnough)));
      count(isGone ? fate : 'refreshed', blob);
    }),
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
};

async function* pagesOf(blobs: AsyncIterable<StoredBlob>): AsyncIterable<StoredBlob[]> {
  let page: StoredBlob[] = [];
  for await (const blob of blobs) {
    page.push(blob);
    if (page.length < pageSize) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}
