import type {
  CategoryVerdicts,
  HumanVerdict,
  ModelRef,
  PolicyRef,
  Reason,
  Tier,
  Verdict,
} from '#libs/domain';
import { strongestFirst } from '#libs/database';
import type { CaseView } from './case.dto.js';

/** One row of `caseViewSql`. */
export interface CaseViewRow extends Pick<
  CaseView,
  'id' | 'state' | 'queue' | 'dueAt' | 'createdAt' | 'decidedAt' | 'verdict' | 'tier'
> {
  content: CaseView['content'] & { receivedAt: string };
  machine: {
    tier: Tier;
    verdict: Verdict;
    policy: PolicyRef;
    categories: CategoryVerdicts;
    reasons: Reason[];
    models: ModelRef[];
    at: string;
  } | null;
  leaseHolderId: string | null;
  leaseExpiresAt: Date | null;
  decision: {
    verdict: HumanVerdict;
    reason: string;
    note: string | null;
    moderatorId: string;
    decidedAt: string;
  } | null;
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
    FROM verdict WHERE content_id = c.content_id AND tier <> 'human'
    ORDER BY ${strongestFirst} LIMIT 1) AS machine ON true
  LEFT JOIN LATERAL (
    SELECT jsonb_build_object(
      'verdict', verdict, 'reason', reason, 'note', note, 'moderatorId', moderator_id, 'decidedAt', decided_at)
      AS decision
    FROM decision WHERE case_id = c.id ORDER BY decided_at DESC LIMIT 1) AS decision ON true`;

/** Instants inside JSON are text; callers get dates everywhere. */
export const caseViewOf = ({ leaseHolderId, leaseExpiresAt, ...row }: CaseViewRow): CaseView => ({
  ...row,
  content: { ...row.content, receivedAt: new Date(row.content.receivedAt) },
  machine: row.machine && { ...row.machine, at: new Date(row.machine.at) },
  lease: leaseHolderId && leaseExpiresAt ? { holderId: leaseHolderId, expiresAt: leaseExpiresAt } : null,
  decision: row.decision && { ...row.decision, decidedAt: new Date(row.decision.decidedAt) },
});
