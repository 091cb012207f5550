import { isInherited, strongestFirst } from '#libs/database';
import type { CaseView } from './case.dto.js';

type Instant = Date | string;
type WithInstants<View, Keys extends keyof View> = Omit<View, Keys> & Record<Keys, Instant>;

/** One row of `caseViewSql`: instants in columns are dates, those inside JSON text with an offset. */
export interface CaseViewRow extends Pick<CaseView, 'id' | 'state' | 'queue' | 'verdict' | 'tier'> {
  dueAt: Date;
  createdAt: Date;
  decidedAt: Date | null;
  content: WithInstants<CaseView['content'], 'receivedAt'>;
  machine: WithInstants<NonNullable<CaseView['machine']>, 'at'> | null;
  leaseHolderId: string | null;
  leaseExpiresAt: Date | null;
  decision: WithInstants<NonNullable<CaseView['decision']>, 'decidedAt'> | null;
}

/**
 * A case with all that a moderator sees of it; append conditions on `c` and an order. content_pkey, verdict_pkey and
 * decision_case_id_idx: one Index Scan each per case.
 */
export const caseViewSql = `
  SELECT c.id, c.state, c.queue, c.due_at AS "dueAt", c.created_at AS "createdAt", c.decided_at AS "decidedAt",
         c.lease_holder_id AS "leaseHolderId", c.lease_expires_at AS "leaseExpiresAt",
         content.verdict, content.tier,
         jsonb_build_object(
           'id', content.id, 'sha256', encode(content.sha256, 'hex'), 'mediaType', content.media_type,
           'width', content.width, 'height', content.height, 'bytes', content.bytes, 'surface', content.surface,
           'reference', content.reference, 'receivedAt', content.received_at) AS content,
         machine.machine, decision.decision
  FROM moderation_case AS c
  JOIN content ON content.id = c.content_id
  LEFT JOIN LATERAL (
    SELECT jsonb_build_object(
      'tier', tier, 'verdict', verdict,
      'policy', jsonb_build_object('name', policy_name, 'version', policy_version),
      'categories', categories, 'reasons', reasons, 'models', models, 'at', at) AS machine
    FROM verdict WHERE content_id = c.content_id AND tier <> 'human' AND NOT ${isInherited}
    ORDER BY ${strongestFirst} LIMIT 1) AS machine ON true
  LEFT JOIN LATERAL (
    SELECT jsonb_build_object(
      'verdict', verdict, 'reason', reason, 'note', note, 'moderatorId', moderator_id, 'decidedAt', decided_at)
      AS decision
    FROM decision WHERE case_id = c.id ORDER BY decided_at DESC LIMIT 1) AS decision ON true`;

const iso = (instant: Instant): string => new Date(instant).toISOString();

/** As callers get it: every instant in UTC, to the millisecond. */
export const caseViewOf = ({ leaseHolderId, leaseExpiresAt, ...row }: CaseViewRow): CaseView => ({
  ...row,
  dueAt: iso(row.dueAt),
  createdAt: iso(row.createdAt),
  decidedAt: row.decidedAt && iso(row.decidedAt),
  content: { ...row.content, receivedAt: iso(row.content.receivedAt) },
  machine: row.machine && { ...row.machine, at: iso(row.machine.at) },
  lease: leaseHolderId && leaseExpiresAt ? { holderId: leaseHolderId, expiresAt: iso(leaseExpiresAt) } : null,
  decision: row.decision && { ...row.decision, decidedAt: iso(row.decision.decidedAt) },
});
