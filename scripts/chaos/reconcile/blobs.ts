import { createHash } from 'node:crypto';
import type { BlobStore } from '#libs/blobs';
import type { LedgerContent } from './ledger-view.js';

const atOnce = 16;

/** References of contents whose picture is not in the store, or is another one. */
export const badBlobs = async (store: BlobStore, contents: LedgerContent[]): Promise<string[]> => {
  const bad: string[] = [];
  const queue = contents.values();
  const look = async (): Promise<void> => {
    for (const { reference, blobKey, sha256 } of queue) {
      if (blobKey === null) continue;
      const bytes = await store.get(blobKey);
      if (!bytes || createHash('sha256').update(bytes).digest('hex') !== sha256) bad.push(String(reference));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, look));
  return bad;
};
