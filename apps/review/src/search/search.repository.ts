import { Injectable } from '@nestjs/common';
import { DataSource } from '#libs/database';
import type { Cursor } from '#libs/platform';
import type { FoundContent, SearchQuery } from './search.dto.js';

export type SearchFilter = Omit<SearchQuery, 'cursor' | 'limit'>;
type WithDates<View, Keys extends keyof View> = Omit<View, Keys> & Record<Keys, Date | string>;

interface Row extends Omit<FoundContent, 'content' | 'decision'> {
  content: WithDates<FoundContent['content'], 'receivedAt'>;
  decision: WithDates<NonNullable<FoundContent['decision']>, 'decidedAt'> | null;
  sortedAt: Date;
  sortedId: string;
}

/** A content, and where in the order it stands. */
export interface FoundRow {
  found: FoundContent;
  place: Cursor;
}

/** Finds contents. */
@Injectable()
export class SearchRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** The latest first. What is received meanwhile comes before the first page, and moves none. */
  async page(filter: SearchFilter, after: Cursor | undefined, limit: number): Promise<FoundRow[]> {
    const { sql, parameters } = searchSql(filter, after, limit);
    const rows: Row[] = await this.dataSource.query(sql, parameters);
    return rows.map(({ sortedAt, sortedId, content, decision, ...row }) => ({
      found: {
        ...row,
        content: { ...content, receivedAt: iso(content.receivedAt) },
        decision: decision && { ...decision, decidedAt: iso(decision.decidedAt) },
      },
      place: { at: sortedAt, id: sortedId },
    }));
  }
}

const iso = (instant: Date | string): string => new Date(instant).toISOString();

/**
 * One page as one Index Scan Backward that stops after `limit` rows: decision_moderator_idx with a moderator, else
 * content_sha256_idx (few rows, sorted), content_reference_idx, content_category_idx, content_verdict_idx,
 * content_tier_idx or content_received_idx, whichever is narrowest; case and decision by index for each row of the page.
 * Conditions are written only where they are asked for, so that the plan is made for them.
 */
export const searchSql = (
  filter: SearchFilter,
  after: Cursor | undefined,
  limit: number,
): { sql: string; parameters: unknown[] } => {
  const parameters: unknown[] = [limit];
  const given = (value: unknown): string => `$${parameters.push(value)}`;
  const { moderator, from, to } = filter;
  const [at, id] = moderator ? ['decision.decided_at', 'decision.id'] : ['content.received_at', 'content.id'];
  const conditions = [
    ...(moderator ? [`decision.moderator_id = ${given(moderator)} AND ${isInForce}`] : []),
    ...equalities(filter).map(([column, value]) => `content.${column} = ${given(value)}`),
    ...(from ? [`${at} >= ${given(from)}`] : []),
    ...(to ? [`${at} < ${given(to)}`] : []),
    ...(after ? [`(${at}, ${id}) < (${given(after.at)}::timestamptz, ${given(after.id)}::uuid)`] : []),
  ];
  const source = moderator
    ? `decision JOIN moderation_case AS decided ON decided.id = decision.case_id AND decided.kind = 'content'
       JOIN content ON content.id = decided.content_id`
    : 'content';
  const sql = `
    WITH page AS MATERIALIZED (
      SELECT content.*, ${at} AS sorted_at, ${id} AS sorted_id
      FROM ${source} ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}
      ORDER BY ${at} DESC, ${id} DESC LIMIT $1)
    SELECT page.sorted_at AS "sortedAt", page.sorted_id AS "sortedId", page.verdict, page.tier, page.final,
           page.category,
           CASE WHEN page.policy_name IS NOT NULL
                THEN jsonb_build_object('name', page.policy_name, 'version', page.policy_version) END AS policy,
           jsonb_build_object(
             'id', page.id, 'sha256', encode(page.sha256, 'hex'), 'mediaType', page.media_type, 'width', page.width,
             'height', page.height, 'bytes', page.bytes, 'surface', page.surface, 'reference', page.reference,
             'receivedAt', page.received_at) AS content,
           CASE WHEN its.id IS NOT NULL
                THEN jsonb_build_object('id', its.id, 'state', its.state, 'queue', its.queue) END AS case,
           last.decision
    FROM page
    LEFT JOIN moderation_case AS its ON its.content_id = page.id AND its.kind = 'content'
    LEFT JOIN LATERAL (
      SELECT jsonb_build_object('id', id, 'moderatorId', moderator_id, 'verdict', verdict, 'reason', reason,
                                'decidedAt', decided_at) AS decision
      FROM decision WHERE ${moderator ? 'id = page.sorted_id' : 'case_id = its.id'}
      ORDER BY decided_at DESC, id DESC LIMIT 1) AS last ON true
    ORDER BY page.sorted_at DESC, page.sorted_id DESC`;
  return { sql, parameters };
};

/** decision_supersedes_id_key */
const isInForce = 'NOT EXISTS (SELECT FROM decision AS later WHERE later.supersedes_id = decision.id)';

const equalities = ({
  sha256,
  reference,
  category,
  verdict,
  tier,
  surface,
}: SearchFilter): [string, unknown][] =>
  Object.entries({
    sha256: sha256 && Buffer.from(sha256, 'hex'),
    reference,
    category,
    verdict,
    tier,
    surface,
  }).filter(([, value]) => value !== undefined);
