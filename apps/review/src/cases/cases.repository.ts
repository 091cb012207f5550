import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type AuditedAct, ModerationCaseEntity, prepared, recordAudit } from '#libs/database';
import type { CaseState, MediaType } from '#libs/domain';
import type { Cursor } from '#libs/platform';
import { type CaseViewRow, caseViewSql } from './case-view.js';

/** Whose eyes cases are for, and in which queues they may claim. */
export interface Sight {
  viewerId: string;
  queues: string[];
  /** to others what was escalated or appealed is as open as the rest */
  seesStages: boolean;
}

/** As `CaseView.state` tells it: a list by any other would tell what that hides. */
const stateShown = (seesStages: string): string => `
  CASE WHEN c.kind <> 'content' AND c.state = 'closed' THEN 'decided'
       WHEN NOT ${seesStages} AND c.state IN ('escalated', 'appealed') THEN 'open' ELSE c.state END`;

/** Reads cases. */
@Injectable()
export class CasesRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** In the queues of the viewer, or whatever they hold, or have decided, skipped or given on. case_exclusion_pkey. */
  async find(id: string, { viewerId, queues }: Omit<Sight, 'seesStages'>): Promise<CaseViewRow | undefined> {
    const [row] = await prepared<CaseViewRow>(
      this.dataSource,
      `${caseViewSql()} WHERE c.id = $1 AND (
         c.queue = ANY ($2::text[]) OR c.lease_holder_id = $3
         OR EXISTS (SELECT FROM case_exclusion WHERE case_id = c.id AND moderator_id = $3))`,
      [id, queues, viewerId],
    );
    return row;
  }

  exists(id: string): Promise<boolean> {
    return this.dataSource.getRepository(ModerationCaseEntity).existsBy({ id });
  }

  /**
   * What waits, the most urgent first; what is decided, the latest first. Plans: Index Scan on
   * moderation_case_undecided_idx, and backwards on moderation_case_decided_idx; each stops after `limit` rows. What waits
   * in other queues than the viewer's, or is reserved for somebody else, is not for them to see.
   */
  async page(
    filter: { state?: CaseState; queue?: string },
    { viewerId, queues, seesStages }: Sight,
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
       WHERE ${order.condition} AND ($1::text IS NULL OR ${stateShown('$8::boolean')} = $1)
         AND ($2::text IS NULL OR c.queue = $2) AND c.queue = ANY ($7::text[])
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
        viewerId,
        queues,
        seesStages,
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
