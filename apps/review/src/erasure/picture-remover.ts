import { Inject, Injectable } from '@nestjs/common';
import { BlobStore, sha256Of } from '#libs/blobs';
import { DataSource, lockPictures } from '#libs/database';
import { LOGGER, type Logger } from '#libs/platform';

/**
 * Bytes that were put this lately, in milliseconds, may belong to an upload of the same picture that the ledger does not
 * know yet; longer than a put may leave a blob's age as it is, and than events usually wait.
 */
const settledAfterMs = 60 * 60_000;
const retrySeconds = 600;

/** `deleted`: gone. `shared`: another content needs them. `scheduled`: tried again later. */
export type PictureFate = 'deleted' | 'shared' | 'scheduled';

/** Deletes the bytes of erased pictures. What cannot go now goes later; nothing is forgotten by a crash. */
@Injectable()
export class PictureRemover {
  constructor(
    private readonly dataSource: DataSource,
    private readonly blobs: BlobStore,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Those of one content, now. A store that is away is told to the log, not to the caller: they go later. */
  async removeOf(contentId: string): Promise<PictureFate> {
    try {
      return (await this.removeNext('content_id = $1', [contentId])) ?? 'scheduled';
    } catch (error) {
      this.logger.warn(
        { err: error, contentId },
        'the bytes of an erased picture are still there; trying later',
      );
      return 'scheduled';
    }
  }

  /** Whatever is due. @throws BlobUnavailable, or the database's error; what was removed until then stays removed */
  async removeDue(): Promise<number> {
    let count = 0;
    while ((await this.removeNext('next_try_at <= now()', [])) !== undefined) count++;
    return count;
  }

  /** blob_erasure_pkey or blob_erasure_next_try_at_idx. @returns undefined where there is none */
  private removeNext(which: string, parameters: unknown[]): Promise<PictureFate | undefined> {
    return this.dataSource.transaction(async (transaction) => {
      const rows: { contentId: string; blobKey: string }[] = await transaction.query(
        `SELECT content_id AS "contentId", blob_key AS "blobKey" FROM blob_erasure WHERE ${which}
         ORDER BY next_try_at LIMIT 1 FOR UPDATE SKIP LOCKED`,
        parameters,
      );
      if (!rows[0]) return undefined;
      const { contentId, blobKey } = rows[0];
      // The ledger writes nothing about this picture until it is known whether its bytes are there.
      await lockPictures(transaction, [sha256Of(blobKey)]);
      const [{ isNeeded }]: [{ isNeeded: boolean }] = await transaction.query(
        `SELECT EXISTS (SELECT FROM content WHERE sha256 = decode($1, 'hex') AND blob_key IS NOT NULL) AS "isNeeded"`,
        [sha256Of(blobKey)],
      );
      const fate = isNeeded ? 'shared' : await this.deleteBytes(blobKey);
      await transaction.query(
        fate === 'scheduled'
          ? `UPDATE blob_erasure SET next_try_at = now() + make_interval(secs => ${retrySeconds}) WHERE content_id = $1`
          : 'DELETE FROM blob_erasure WHERE content_id = $1',
        [contentId],
      );
      return fate;
    });
  }

  private async deleteBytes(blobKey: string): Promise<'deleted' | 'scheduled'> {
    if (await this.blobs.deleteIfOlder(blobKey, new Date(Date.now() - settledAfterMs))) return 'deleted';
    // Too young, or not there any more.
    return (await this.blobs.get(blobKey)) === undefined ? 'deleted' : 'scheduled';
  }
}
