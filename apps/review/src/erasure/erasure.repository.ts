import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import {
  type Actor,
  DataSource,
  eraseEmbeddings,
  eraseEvidence,
  erasePersonal,
  lockPictures,
  queueVerdicts,
  queueWebhook,
  recordAudit,
  recordStatements,
  renewCurrentVerdicts,
} from '#libs/database';
import { ok, type Result } from '#libs/domain';
import type { ErasureQuery } from './erasure.dto.js';
import {
  type OpenMatters,
  openMatters,
  type Withdrawn,
  withdrawOpenMatters,
} from './open-matters.queries.js';

export type ErasureFailure = { code: 'not_found' } | { code: 'undecided'; what: string };

export interface Erased {
  /** the bytes had been stored: they wait to be deleted now */
  hadPicture: boolean;
  withdrawn: number;
}

/** Erases what is kept about a content, or nothing. */
@Injectable()
export class ErasureRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * In one transaction, with the audit entry and the webhook's events. Verdicts, decisions, reasons, categories and times
   * stay: statistics are made of them. Erasing again changes nothing more.
   */
  erase(contentId: string, query: ErasureQuery, actor: Actor): Promise<Result<Erased, ErasureFailure>> {
    const { scope, force, forgetHash } = query;
    return this.dataSource.transaction(async (transaction) => {
      const picture = await pictureOf(transaction, contentId);
      if (picture === undefined) return { ok: false, code: 'not_found' };
      // In the order of all who take these locks: the picture, its cases, its contents.
      await lockPictures(transaction, [picture]);
      const open = await openMatters(transaction, contentId);
      const what = standsInTheWay(open, scope);
      if (what !== undefined && !force) return { ok: false, code: 'undecided', what };
      const before = await lockContent(transaction, contentId);
      const { count: withdrawn, released } =
        scope === 'personal' && what === undefined
          ? nothing
          : await withdrawOpenMatters(transaction, contentId, open);
      const hadPicture = scope !== 'personal' && (await erasePicture(transaction, contentId));
      if (scope !== 'image') await erasePersonal(transaction, [contentId]);
      if (forgetHash) await forgetPicture(transaction, contentId, picture);
      const changed = await renewCurrentVerdicts(transaction, [contentId, ...released]);
      await recordStatements(
        transaction,
        changed.map(({ contentId: id }) => id),
      );
      await queueVerdicts(transaction, changed);
      await recordAudit(transaction, actor, {
        act: 'content.erased',
        subject: { kind: 'content', id: contentId },
        details: { scope, withdrawn, forgotHash: forgetHash },
      });
      const reference = scope === 'image' ? before.reference : null;
      await queueWebhook(transaction, [
        { type: 'content.erased', contentId, data: { contentId, reference, scope } },
      ]);
      return ok({ hadPicture, withdrawn });
    });
  }
}

const nothing: Withdrawn = { count: 0, released: [] };

/** What is open about it, in the caller's words; undefined where nothing is that this would spoil. */
const standsInTheWay = (
  { cases, appeal, isAttached, isFinal }: OpenMatters,
  scope: ErasureQuery['scope'],
) => {
  if (appeal) return 'an appeal is open';
  if (scope === 'personal') return undefined;
  if (isAttached || cases.some(({ kind }) => kind === 'content')) return 'a person has yet to decide';
  return isFinal ? undefined : 'its verdict is not final';
};

const pictureOf = async (transaction: EntityManager, contentId: string): Promise<string | undefined> => {
  const rows: { sha256: string }[] = await transaction.query(
    `SELECT encode(sha256, 'hex') AS sha256 FROM content WHERE id = $1`,
    [contentId],
  );
  return rows[0]?.sha256;
};

const lockContent = async (
  transaction: EntityManager,
  contentId: string,
): Promise<{ reference: string | null }> => {
  const rows: { reference: string | null }[] = await transaction.query(
    'SELECT reference FROM content WHERE id = $1 FOR NO KEY UPDATE',
    [contentId],
  );
  return rows[0]!;
};

/**
 * The content lets go of its bytes at once, and of what was read in them or made of them; that they are deleted is written down, and done
 * after the commit. Nobody can look at it any more, so its verdict is as final as it gets: retention waits for that with
 * what is personal.
 */
const erasePicture = async (transaction: EntityManager, contentId: string): Promise<boolean> => {
  const queued: unknown[] = await transaction.query(
    `INSERT INTO blob_erasure (content_id, blob_key)
     SELECT id, blob_key FROM content WHERE id = $1 AND blob_key IS NOT NULL
     ON CONFLICT (content_id) DO UPDATE SET next_try_at = now()
     RETURNING content_id`,
    [contentId],
  );
  await transaction.query(
    `UPDATE content SET blob_key = NULL, image_erased_at = coalesce(image_erased_at, now()), settled = true
     WHERE id = $1`,
    [contentId],
  );
  await eraseEvidence(transaction, [contentId]);
  await eraseEmbeddings(transaction, [contentId]);
  return queued.length > 0;
};

/**
 * Gateways are told by the revoked row, which must keep the SHA-256 for that; what the picture looks like is not kept.
 */
const forgetPicture = async (
  transaction: EntityManager,
  contentId: string,
  sha256: string,
): Promise<void> => {
  await transaction.query(
    `UPDATE known_content SET revoked_at = coalesce(revoked_at, clock_timestamp()), pdq = NULL, pdq_quality = NULL
     WHERE sha256 = decode($1, 'hex') AND (revoked_at IS NULL OR pdq IS NOT NULL)`,
    [sha256],
  );
  await transaction.query('UPDATE content SET pdq = NULL, pdq_quality = NULL WHERE id = $1', [contentId]);
};
