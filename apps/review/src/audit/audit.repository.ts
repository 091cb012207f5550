import { Injectable } from '@nestjs/common';
import { DataSource } from '#libs/database';
import type { Cursor } from '#libs/platform';
import type { AuditEntryView, AuditQuery } from './audit.dto.js';

type Row = Omit<AuditEntryView, 'at'> & { at: Date };

/** Reads audit entries. */
@Injectable()
export class AuditRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** The latest first. What is written meanwhile comes before the first page, and moves none. */
  async page(
    query: Omit<AuditQuery, 'cursor' | 'limit'>,
    after: Cursor | undefined,
    limit: number,
  ): Promise<AuditEntryView[]> {
    const { sql, parameters } = auditPageSql(query, after, limit);
    const rows: Row[] = await this.dataSource.query(sql, parameters);
    return rows.map(({ at, ...row }) => ({ ...row, at: at.toISOString() }));
  }
}

/**
 * One page as one Index Scan Backward that stops after `limit` rows, on the index of the narrowest filter:
 * audit_entry_subject_idx, audit_entry_actor_idx, audit_entry_act_idx or audit_entry_at_idx; names and seals by primary
 * key and audit_seal_entry_id_key for each row. Conditions are written only where they are asked for, so that the plan
 * is made for them.
 */
export const auditPageSql = (
  { actor, act, subject, from, to }: Omit<AuditQuery, 'cursor' | 'limit'>,
  after: Cursor | undefined,
  limit: number,
): { sql: string; parameters: unknown[] } => {
  const parameters: unknown[] = [limit];
  const given = (value: unknown): string => `$${parameters.push(value)}`;
  const conditions = [
    ...(subject ? [`subject_id = ${given(subject.id)} AND subject_kind = ${given(subject.kind)}`] : []),
    ...(actor === 'system' ? [`actor_kind = 'system'`] : []),
    ...(actor && actor !== 'system' ? [`actor_id = ${given(actor)}`] : []),
    ...(act ? [`act = ${given(act)}`] : []),
    ...(from ? [`at >= ${given(from)}`] : []),
    ...(to ? [`at < ${given(to)}`] : []),
    ...(after ? [`(at, id) < (${given(after.at)}::timestamptz, ${given(after.id)}::uuid)`] : []),
  ];
  const sql = `
    WITH page AS MATERIALIZED (
      SELECT * FROM audit_entry ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}
      ORDER BY at DESC, id DESC LIMIT $1)
    SELECT page.id, page.at, page.act, page.details,
           jsonb_build_object('kind', page.actor_kind, 'id', page.actor_id,
                              'name', coalesce(moderator.display_name, api_key.name)) AS actor,
           jsonb_build_object('kind', page.subject_kind, 'id', page.subject_id) AS subject,
           CASE WHEN seal.sequence IS NOT NULL
                THEN jsonb_build_object('sequence', seal.sequence, 'hash', encode(seal.hash, 'hex')) END AS seal
    FROM page
    LEFT JOIN moderator ON page.actor_kind = 'moderator' AND moderator.id = page.actor_id
    LEFT JOIN api_key ON page.actor_kind = 'service' AND api_key.id = page.actor_id
    LEFT JOIN audit_seal AS seal ON seal.entry_id = page.id
    ORDER BY page.at DESC, page.id DESC`;
  return { sql, parameters };
};
