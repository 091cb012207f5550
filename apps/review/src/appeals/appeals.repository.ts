import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import {
  type AppealEntity,
  type AppealState,
  DataSource,
  lockPictures,
  queueWebhook,
  recordAudit,
  recordStatements,
  renewCurrentVerdicts,
  retriedTransaction,
} from '#libs/database';
import { ok, type Result, type Verdict } from '#libs/domain';
import { type Cursor, newId } from '#libs/platform';
import {
  excludeEarlierDeciders,
  openAsAppealed,
  type OwnCase,
  reopenAsAppealed,
} from './appeal-case.queries.js';
import { appealRefusal, type AppealRefusal } from './appeal-refusal.js';

export type StoredAppeal = AppealEntity;

/** What a service brings. */
export interface Complaint {
  reason: string;
  reference: string | null;
  /** the API key */
  filedBy: string;
}

export type AppealFailure = { code: 'not_found' } | { code: AppealRefusal; appealId: string | null };

/** Appeals that a list shows. */
export interface AppealFilter {
  state?: AppealState;
}

const columns = `id, content_id AS "contentId", case_id AS "caseId", reason, reference, filed_by AS "filedBy",
                 filed_at AS "filedAt", state, decision_id AS "decisionId", concluded_at AS "concludedAt"`;

/** Stores and reads appeals. */
@Injectable()
export class AppealsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * In one transaction: the content's case waits again, or one is opened; whoever took part before is excluded from it;
   * the appeal is stored, audited and told. The same complaint again changes nothing and finds the appeal that it made:
   * its first answer may have been lost on the way.
   * @param slaSeconds until a person should have looked at it
   */
  file(
    contentId: string,
    complaint: Complaint,
    slaSeconds: number,
  ): Promise<Result<{ appeal: StoredAppeal; isNew: boolean }, AppealFailure>> {
    return retriedTransaction(this.dataSource, async (transaction) => {
      const locked = await lockContent(transaction, contentId);
      if (!locked) return { ok: false, code: 'not_found' };
      const { ownCase, latest } = locked;
      if (latest && isSame(latest, complaint)) return ok({ appeal: latest, isNew: false });
      const appealable = await appealableOf(transaction, contentId, locked);
      const refusal = appealRefusal(appealable);
      if (refusal) return { ok: false, code: refusal, appealId: latest?.id ?? null };

      const times = { dueAt: new Date(appealable.now.getTime() + slaSeconds * 1000) };
      if (ownCase) await reopenAsAppealed(transaction, ownCase, times);
      const caseId = ownCase?.id ?? (await openAsAppealed(transaction, contentId, times));
      await excludeEarlierDeciders(transaction, caseId, contentId);
      const appeal = await insertAppeal(transaction, { contentId, caseId, ...complaint });
      // A person is to come: until then the block holds, but not for good.
      await renewCurrentVerdicts(transaction, [contentId]);
      await tell(transaction, appeal);
      return ok({ appeal, isNew: true });
    });
  }

  contentExists(contentId: string): Promise<boolean> {
    return this.dataSource
      .query('SELECT FROM content WHERE id = $1', [contentId])
      .then((rows: unknown[]) => rows.length > 0);
  }

  /** The latest first; appeal_content_id_filed_at_idx. There are few: one is open at most, and none follows a decided one. */
  ofContent(contentId: string): Promise<StoredAppeal[]> {
    return this.dataSource.query(
      `SELECT ${columns} FROM appeal WHERE content_id = $1 ORDER BY filed_at DESC, id DESC LIMIT 100`,
      [contentId],
    );
  }

  /** The latest first. Index Scan backwards on appeal_filed_at_id_idx, or on appeal_state_filed_at_id_idx. */
  page({ state }: AppealFilter, after: Cursor | undefined, limit: number): Promise<StoredAppeal[]> {
    return this.dataSource.query(
      `SELECT ${columns} FROM appeal
       WHERE ${state === undefined ? '$1::text IS NULL' : 'state = $1'}
         ${after === undefined ? 'AND $2::timestamptz IS NULL AND $3::uuid IS NULL' : 'AND (filed_at, id) < ($2, $3::uuid)'}
       ORDER BY filed_at DESC, id DESC LIMIT $4`,
      [state ?? null, after?.at ?? null, after?.id ?? null, limit],
    );
  }
}

interface LockedContent {
  verdict: Verdict | null;
  isFinal: boolean;
  isErased: boolean;
  now: Date;
  ownCase: OwnCase | undefined;
  latest: StoredAppeal | undefined;
}

/** In the order of all who take these locks: the picture, its case, the content. Each read after the lock before it. */
const lockContent = async (
  transaction: EntityManager,
  contentId: string,
): Promise<LockedContent | undefined> => {
  const [picture]: ({ sha256: string } | undefined)[] = await transaction.query(
    `SELECT encode(sha256, 'hex') AS sha256 FROM content WHERE id = $1`,
    [contentId],
  );
  if (!picture) return undefined;
  await lockPictures(transaction, [picture.sha256]);
  const [ownCase]: (OwnCase | undefined)[] = await transaction.query(
    `SELECT id, state, stage FROM moderation_case WHERE content_id = $1 AND kind = 'content' FOR UPDATE`,
    [contentId],
  );
  const [content]: [Pick<LockedContent, 'verdict' | 'isFinal' | 'isErased' | 'now'>] =
    await transaction.query(
      `SELECT verdict, final AS "isFinal", image_erased_at IS NOT NULL AS "isErased", clock_timestamp() AS now
     FROM content WHERE id = $1 FOR NO KEY UPDATE`,
      [contentId],
    );
  const [latest]: (StoredAppeal | undefined)[] = await transaction.query(
    `SELECT ${columns} FROM appeal WHERE content_id = $1 ORDER BY filed_at DESC, id DESC LIMIT 1`,
    [contentId],
  );
  return { ...content, ownCase, latest };
};

const isSame = (latest: StoredAppeal, { reason, reference, filedBy }: Complaint): boolean =>
  latest.reason === reason && latest.reference === reference && latest.filedBy === filedBy;

/** With what its statement of reasons promised; a block from before there were statements gets one now. */
const appealableOf = async (
  transaction: EntityManager,
  contentId: string,
  { ownCase, latest, ...content }: LockedContent,
) => {
  await recordStatements(transaction, [contentId]);
  const [promise]: ({ until: string | null } | undefined)[] = await transaction.query(
    `SELECT document->'redress'->'complaint'->>'until' AS until FROM statement_of_reasons
     WHERE content_id = $1 ORDER BY issued_at DESC, id DESC LIMIT 1`,
    [contentId],
  );
  return {
    ...content,
    hasOpenAppeal: latest?.state === 'open',
    isCaseClosed: ownCase?.state === 'closed',
    until: promise?.until ? new Date(promise.until) : null,
  };
};

const insertAppeal = async (
  transaction: EntityManager,
  { contentId, caseId, reason, reference, filedBy }: Complaint & { contentId: string; caseId: string },
): Promise<StoredAppeal> => {
  const [appeal]: [StoredAppeal] = await transaction.query(
    `INSERT INTO appeal (id, content_id, case_id, reason, reference, filed_by, filed_at)
     VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp()) RETURNING ${columns}`,
    [newId(), contentId, caseId, reason, reference, filedBy],
  );
  return appeal;
};

/** The uploader's words are not repeated: they may be erased one day, and a delivery or the audit would keep them. */
const tell = async (transaction: EntityManager, appeal: StoredAppeal): Promise<void> => {
  const { id, contentId, caseId, reference, filedBy, filedAt } = appeal;
  await recordAudit(
    transaction,
    { kind: 'service', id: filedBy },
    { act: 'appeal.received', subject: { kind: 'appeal', id }, details: { contentId, caseId } },
  );
  await queueWebhook(transaction, [
    {
      type: 'appeal.received',
      contentId,
      data: { appealId: id, contentId, reference, filedAt: filedAt.toISOString() },
    },
  ]);
};
