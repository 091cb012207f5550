import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DataSource, type GoldenCaseEntity, recordAudit, topCategoryOf } from '#libs/database';
import { ok, type Result, seniorQueue } from '#libs/domain';
import { type Cursor, newId } from '#libs/platform';
import type { NewGolden } from './golden.dto.js';

/** A golden case with how it fared. */
export type StoredGolden = GoldenCaseEntity & { hasPicture: boolean; looks: number; right: number };

/** Why a case does not become a golden one, in words for whoever tried. */
export const goldenRefusals = {
  not_decided: 'A golden case is made from a case about a content that a person has decided.',
  no_picture: 'Its picture has been erased: nobody could look at it.',
  is_golden: 'Its picture is that of a golden case already: retire that one first.',
  no_queue: 'Say in which queue people are given it: its case was escalated, or there is no such queue.',
} as const;
export type GoldenRefusal = keyof typeof goldenRefusals;

const viewSql = `
  SELECT golden.id, golden.content_id AS "contentId", golden.case_id AS "caseId", golden.queue, golden.verdict,
         golden.category, golden.note, golden.made_by AS "madeBy", golden.made_at AS "madeAt",
         golden.retired_by AS "retiredBy", golden.retired_at AS "retiredAt",
         content.blob_key IS NOT NULL AND content.image_erased_at IS NULL AS "hasPicture", fared.looks, fared.right
  FROM golden_case AS golden JOIN content ON content.id = golden.content_id
  CROSS JOIN LATERAL (
    SELECT count(*)::integer AS looks, count(*) FILTER (WHERE quality_look.verdict = expected)::integer AS "right"
    FROM quality_look WHERE golden_id = golden.id AND concluded_at IS NOT NULL) AS fared`;

/** Keeps golden cases. */
@Injectable()
export class GoldenRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** From a case that was decided, whatever was decided. */
  create(
    { caseId, verdict, category, queue, note }: NewGolden,
    madeBy: string,
  ): Promise<Result<StoredGolden, { code: 'not_found' } | { code: GoldenRefusal }>> {
    return this.dataSource.transaction(async (transaction) => {
      const source = await sourceOf(transaction, caseId, queue);
      if (!source) return { ok: false, code: 'not_found' };
      const refusal = refusalOf(source, queue);
      if (refusal) return { ok: false, code: refusal };
      const id = newId();
      const made: unknown[] = await transaction.query(
        `INSERT INTO golden_case (id, content_id, case_id, queue, verdict, category, note, made_by)
         VALUES ($1, $2, $3, $4, $5, coalesce($6, ${topCategoryOf('$2')}), $7, $8)
         ON CONFLICT (content_id) WHERE retired_at IS NULL DO NOTHING RETURNING id`,
        [id, source.contentId, caseId, queue ?? source.queue, verdict, category ?? null, note, madeBy],
      );
      if (made.length === 0) return { ok: false, code: 'is_golden' };
      await recordAudit(
        transaction,
        { kind: 'moderator', id: madeBy },
        {
          act: 'golden.created',
          subject: { kind: 'golden', id },
          // Not the note: what is written here cannot be erased.
          details: { caseId, contentId: source.contentId, verdict },
        },
      );
      return ok((await find(transaction, id))!);
    });
  }

  /**
   * Nobody is given it from now on; who has it before them decides it as before.
   * @returns undefined where there is none; one that is retired already stays as it is
   */
  retire(id: string, retiredBy: string, reason: string): Promise<StoredGolden | undefined> {
    return this.dataSource.transaction(async (transaction) => {
      const retired: [unknown[], number] = await transaction.query(
        `UPDATE golden_case SET retired_by = $2, retired_at = clock_timestamp()
         WHERE id = $1 AND retired_at IS NULL RETURNING id`,
        [id, retiredBy],
      );
      if (retired[1] > 0)
        await recordAudit(
          transaction,
          { kind: 'moderator', id: retiredBy },
          { act: 'golden.retired', subject: { kind: 'golden', id }, details: { reason } },
        );
      return find(transaction, id);
    });
  }

  /** The latest first; Index Scan backwards on golden_case_made_at_id_idx, quality_look_golden_id_reserved_for_key. */
  page(retired: boolean | undefined, after: Cursor | undefined, limit: number): Promise<StoredGolden[]> {
    return this.dataSource.query(
      `${viewSql}
       WHERE ($1::boolean IS NULL OR (golden.retired_at IS NOT NULL) = $1)
         AND ($2::timestamptz IS NULL OR (golden.made_at, golden.id) < ($2, $3::uuid))
       ORDER BY golden.made_at DESC, golden.id DESC LIMIT $4`,
      [retired ?? null, after?.at ?? null, after?.id ?? null, limit],
    );
  }
}

interface Source {
  contentId: string;
  queue: string;
  isDecided: boolean;
  hasPicture: boolean;
  isQueue: boolean;
}

const sourceOf = async (
  transaction: EntityManager,
  caseId: string,
  queue: string | undefined,
): Promise<Source | undefined> => {
  const [source]: (Source | undefined)[] = await transaction.query(
    `SELECT content.id AS "contentId", queue,
            kind = 'content' AND state IN ('decided', 'closed')
              AND EXISTS (SELECT FROM decision WHERE case_id = c.id) AS "isDecided",
            blob_key IS NOT NULL AND image_erased_at IS NULL AS "hasPicture",
            EXISTS (SELECT FROM queue WHERE name = coalesce($2, c.queue)) AS "isQueue"
     FROM moderation_case AS c JOIN content ON content.id = c.content_id WHERE c.id = $1`,
    [caseId, queue ?? null],
  );
  return source;
};

/** An escalated case is only in the seniors' queue, which hardly anybody works on. */
const refusalOf = (source: Source, queue: string | undefined): GoldenRefusal | undefined => {
  if (!source.isDecided) return 'not_decided';
  if (!source.hasPicture) return 'no_picture';
  if (!source.isQueue || (queue === undefined && source.queue === seniorQueue)) return 'no_queue';
  return undefined;
};

const find = async (transaction: EntityManager, id: string): Promise<StoredGolden | undefined> => {
  const [found]: (StoredGolden | undefined)[] = await transaction.query(`${viewSql} WHERE golden.id = $1`, [
    id,
  ]);
  return found;
};
