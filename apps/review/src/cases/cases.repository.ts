import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type AuditedAct, ModerationCaseEntity, prepared, recordAudit } from '#libs/database';
import { caseStages, type CaseState, caseStates, isConcluded, type MediaType } from '#libs/domain';
import type { Cursor } from '#libs/platform';
import { type CaseViewRow, caseViewSql } from './case-view.js';

/** Whose eyes cases are for, and in which queues they may claim. */
export interface Sight {
  viewerId: string;
  queues: string[];
  /** to others what was escalated or appealed is as open as the rest */
  seesStages: boolean;
}

const isHiddenStage = (state: CaseState | undefined): boolean =>
  state === 'escalated' || state === 'appealed';

/**
 * Which states a filter means, as `CaseView.state` tells them: a list by any other would tell what that hides. Second
 * looks and golden cases that were closed show as decided.
 */
const statesMeant = (
  state: CaseState | undefined,
  seesStages: boolean,
): { each: CaseState; and?: string }[] => {
  if (state === undefined) return caseStates.filter((each) => !isConcluded(each)).map((each) => ({ each }));
  if (state === 'decided') return [{ each: 'decided' }, { each: 'closed', and: `c.kind <> 'content'` }];
  if (state === 'closed') return [{ each: 'closed', and: `c.kind = 'content'` }];
  if (seesStages || state === 'leased') return [{ each: state }];
  return caseStages.map((each) => ({ each }));
};

/**
 * One probe per queue and state of moderation_case_undecided_idx, or backwards of moderation_case_decided_idx, each of
 * which stops after a page. States are written out, so that the planner knows how many there are of each.
 */
export const pageSql = (state: CaseState | undefined, seesStages: boolean): string => {
  const [at, beyond, order] =
    state !== undefined && isConcluded(state) ? ['decided_at', '<', 'DESC'] : ['due_at', '>', 'ASC'];
  const pageOf = ({ each, and = 'true' }: { each: CaseState; and?: string }): string => `
    (SELECT * FROM moderation_case AS c
     WHERE c.queue = queues.name AND c.state = '${each}' AND ${and}
       AND (c.reserved_for IS NULL OR c.reserved_for = $5)
       AND ($2::timestamptz IS NULL OR (c.${at}, c.id) ${beyond} ($2, $3::uuid))
     ORDER BY c.${at} ${order}, c.id ${order} LIMIT $4)`;
  return `
    WITH page AS MATERIALIZED (
      SELECT c.* FROM unnest($1::text[]) AS queues (name)
      CROSS JOIN LATERAL (${statesMeant(state, seesStages).map(pageOf).join(' UNION ALL ')}) AS c
      ORDER BY c.${at} ${order}, c.id ${order} LIMIT $4)
    ${caseViewSql('page')}
    ORDER BY c.${at} ${order}, c.id ${order}`;
};

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
   * What waits, the most urgent first; what is decided, the latest first. What waits in other queues than the viewer's,
   * or is reserved for somebody else, is not for them to see.
   */
  async page(
    filter: { state?: CaseState; queue?: string },
    { viewerId, queues, seesStages }: Sight,
    after: Cursor | undefined,
    limit: number,
  ): Promise<CaseViewRow[]> {
    // Stages that the viewer does not see are shown as open: there is none of them by name.
    if (!seesStages && isHiddenStage(filter.state)) return [];
    const shown = filter.queue === undefined ? queues : queues.filter((queue) => queue === filter.queue);
    const values = [shown, after?.at ?? null, after?.id ?? null, limit, viewerId];
    return this.dataSource.query(pageSql(filter.state, seesStages), values);
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
