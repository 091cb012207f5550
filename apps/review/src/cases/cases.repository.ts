import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type AuditedAct, ModerationCaseEntity, prepared, recordAudit } from '#libs/database';
import type { CaseState, MediaType } from '#libs/domain';
import type { Cursor } from '#libs/platform';
import { type CaseViewRow, caseViewSql } from './case-view.js';

/** Reads cases. */
@Injectable()
export class CasesRepository {
  constructor(private readonly dataSource: DataSource) {}

  async find(id: string): Promise<CaseViewRow | undefined> {
    const [row] = await prepared<CaseViewRow>(this.dataSource, `${caseViewSql()} WHERE c.id = $1`, [id]);
    return row;
  }

  exists(id: string): Promise<boolean> {
    return this.dataSource.getRepository(ModerationCaseEntity).existsBy({ id });
  }

  /**
   * What waits, the most urgent first; what is decided, the latest first. Plans: Index Scan on
   * moderation_case_undecided_idx, and backwards on moderation_case_decided_idx; each stops after `limit` rows. What is
   * reserved for somebody else is not for others to see.
   */
  async page(
    filter: { state?: CaseState; queue?: string; viewerId: string },
    after: Cursor | undefined,
    limit: number,
  ): Promise<CaseViewRow[]> {
    const order =
      filter.state === 'decided' || filter.state === 'closed'
        ? {
            condition: `c.state IN ('decided', 'closed')`,
            column: 'c.decided_at',
            comparison: '<',
            direction: 'DESC',
          }
        : {
            condition: `c.state NOT IN ('decided', 'closed')`,
            column: 'c.due_at',
            comparison: '>',
            direction: 'ASC',
          };
    return this.dataSource.query(
      `${caseViewSql()}
       WHERE ${order.condition} AND ($1::text IS NULL OR c.state = $1) AND ($2::text IS NULL OR c.queue = $2)
         AND (c.reserved_for IS NULL OR c.reserved_for = $6)
         AND ($3::timestamptz IS NULL OR (${order.column}, c.id) ${order.comparison} ($3, $4::uuid))
       ORDER BY ${order.column} ${order.direction}, c.id ${order.direction}
       LIMIT $5`,
      [
        filter.state ?? null,
        filter.queue ?? null,
        after?.at ?? null,
        after?.id ?? null,
        limit,
        filter.viewerId,
      ],
    );
  }

  /** Where the picture's bytes lie, and what they are. */
  async blobOf(id: string): Promise<{ blobKey: string | null; mediaType: MediaType } | undefined> {
    const rows: { blobKey: string | null; mediaType: MediaType }[] = await this.dataSource.query(
      `SELECT blob_key AS "blobKey", media_type AS "mediaType"
       FROM moderation_case JOIN content ON content.id = content_id WHERE moderation_case.id = $1`,
      [id],
    );
    return rows[0];
  }

  /** Writes down that a person looked at a case's picture as it was sent. */
  async recordView(moderatorId: string, id: string): Promise<void> {
    const act: AuditedAct = { act: 'image.viewed', subject: { kind: 'case', id } };
    await recordAudit(this.dataSource.manager, { kind: 'moderator', id: moderatorId }, act);
  }
}
