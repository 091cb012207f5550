import { isInherited, strongestFirst } from '#libs/database';
import type { CaseKind, CaseStage } from '#libs/domain';
import { caseActions } from './case-actions.js';
import type { CaseView } from './case.dto.js';
import { evidenceShownOf, type StoredEvidence } from './evidence-shown.js';
import { machineShownOf } from './machine-shown.js';
import { originShownOf } from './origin-shown.js';
import { isSenior, type Viewer } from './viewer.js';

type Instant = Date | string;
type WithInstants<View, Keys extends keyof View> = Omit<View, Keys> & Record<Keys, Instant>;

/** One row of `caseViewSql`: instants in columns are dates, those inside JSON text with an offset. */
export interface CaseViewRow extends Pick<
  CaseView,
  'id' | 'state' | 'queue' | 'verdict' | 'tier' | 'attached'
> {
  kind: CaseKind;
  stage: CaseStage;
  auditPropensity: number | null;
  dueAt: Date;
  createdAt: Date;
  decidedAt: Date | null;
  content: WithInstants<CaseView['content'], 'receivedAt'>;
  machine: WithInstants<NonNullable<CaseView['machine']>, 'at'> | null;
  leaseToken: string | null;
  leaseHolderId: string | null;
  leaseExpiresAt: Date | null;
  /** of an audit sample the policy that it was judged by, as it is stored */
  judgingDocument: unknown;
  decision: WithInstants<NonNullable<CaseView['decision']>, 'decidedAt'> | null;
  evidence: StoredEvidence[];
  notes: WithInstants<CaseView['notes'][number], 'at'>[];
  appeal: WithInstants<NonNullable<CaseView['appeal']>, 'filedAt'> | null;
  /** the database's clock: by it all processes judge leases */
  now: Date;
}

/** A golden case was judged long ago, which an old policy would tell: it shows the one of when it seems to have come. */
const policyVersionShown = `
  CASE WHEN c.kind = 'golden' THEN coalesce(
    (SELECT max(version) FROM policy_version AS published WHERE name = policy_name AND published_at <= c.created_at),
    policy_version) ELSE policy_version END`;

/**
 * Cases with all that anybody may see of them; append conditions on `c` and an order. content_pkey, verdict_pkey,
 * evidence_pkey, decision_case_id_idx, case_note_case_id_idx, case_content_case_id_idx, appeal_case_id_idx and
 * policy_version_pkey: one Index Scan each per case.
 * @param cases where the rows of moderation_case come from
 */
export const caseViewSql = (cases = 'moderation_case'): string => `
  SELECT c.id, c.kind, c.stage, c.audit_propensity AS "auditPropensity", c.state, c.queue, c.due_at AS "dueAt", c.created_at AS "createdAt",
         c.decided_at AS "decidedAt", c.lease_token AS "leaseToken", c.lease_holder_id AS "leaseHolderId",
         c.lease_expires_at AS "leaseExpiresAt", clock_timestamp() AS now,
         content.verdict, content.tier,
         jsonb_build_object(
           'id', content.id, 'sha256', encode(content.sha256, 'hex'), 'mediaType', content.media_type,
           'width', content.width, 'height', content.height, 'bytes', content.bytes, 'surface', content.surface,
           'reference', content.reference, 'receivedAt', content.received_at) AS content,
         machine.machine, decision.decision,
         CASE WHEN c.audit_propensity IS NOT NULL THEN (
           SELECT document FROM policy_version
           WHERE name = machine.machine->'policy'->>'name'
             AND version = (machine.machine->'policy'->>'version')::integer) END AS "judgingDocument",
         (SELECT count(*)::integer FROM case_content WHERE case_id = c.id) AS attached,
         (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'detector', jsonb_build_object('name', model, 'version', version), 'pieces', pieces, 'at', seen_at)), '[]')
          FROM evidence WHERE content_id = c.content_id) AS evidence,
         (SELECT coalesce(jsonb_agg(
            jsonb_build_object('moderatorId', moderator_id, 'kind', kind, 'text', text, 'at', at) ORDER BY at, id), '[]')
          FROM case_note WHERE case_id = c.id) AS notes,
         (SELECT jsonb_build_object('id', id, 'reason', reason, 'filedAt', filed_at)
          FROM appeal WHERE case_id = c.id ORDER BY filed_at DESC, id DESC LIMIT 1) AS appeal
  FROM ${cases} AS c
  JOIN content ON content.id = c.content_id
  LEFT JOIN LATERAL (
    SELECT jsonb_build_object(
      'tier', tier, 'verdict', verdict,
      'policy', jsonb_build_object('name', policy_name, 'version', ${policyVersionShown}),
      'categories', categories, 'reasons', reasons, 'models', models, 'unheard', coalesce(unheard, '[]'), 'at', at)
      AS machine
    FROM verdict WHERE content_id = c.content_id AND tier <> 'human' AND NOT ${isInherited}
    ORDER BY ${strongestFirst} LIMIT 1) AS machine ON true
  LEFT JOIN LATERAL (
    SELECT jsonb_build_object(
      'id', id, 'verdict', verdict, 'reason', reason, 'note', note, 'moderatorId', moderator_id,
      'decidedAt', decided_at) AS decision
    FROM decision WHERE case_id = c.id ORDER BY decided_at DESC, id DESC LIMIT 1) AS decision ON true`;

const iso = (instant: Instant): string => new Date(instant).toISOString();

/**
 * A case as one person gets it: every instant in UTC, to the millisecond. What others concluded is shown to seniors
 * only, or it would lead whoever looks next; and nothing tells why the case is there: a second look or a golden case looks
 * as if its picture had just come in, and an audit sample as if it had been in doubt.
 */
export const caseViewOf = (row: CaseViewRow, viewer: Viewer, undoSeconds: number): CaseView => {
  const mayKnow = isSenior(viewer) || row.decision?.moderatorId === viewer.id;
  const holds = row.leaseHolderId === viewer.id;
  const decision = mayKnow ? row.decision : null;
  const origin = originShownOf(row);
  const isOver = isSenior(viewer) && row.decision !== null;
  const machine = machineShownOf(row, isOver);
  const categories = { judged: row.machine?.categories ?? {}, shown: machine?.categories ?? {} };
  return {
    id: row.id,
    state: stateShown(row, viewer),
    stage: isSenior(viewer) ? row.stage : null,
    queue: row.queue,
    dueAt: iso(row.dueAt),
    createdAt: iso(row.createdAt),
    decidedAt: row.decidedAt && iso(row.decidedAt),
    content: { ...row.content, id: origin.contentId, receivedAt: iso(origin.receivedAt) },
    ...verdictShown(row, { machine, decision, mayKnow }),
    machine: machine && { ...machine, at: iso(new Date(new Date(machine.at).getTime() + origin.laterByMs)) },
    evidence: evidenceShownOf(row.evidence, categories, isOver),
    lease:
      row.leaseHolderId && row.leaseExpiresAt && (holds || isSenior(viewer))
        ? { holderId: row.leaseHolderId, expiresAt: iso(row.leaseExpiresAt) }
        : null,
    decision: decision && { ...decision, decidedAt: iso(decision.decidedAt) },
    notes: row.notes.map((note) => ({ ...note, at: iso(note.at) })),
    appeal: row.appeal && (holds || mayKnow) ? { ...row.appeal, filedAt: iso(row.appeal.filedAt) } : null,
    attached: row.attached,
    actions: caseActions(row, viewer, undoSeconds),
  };
};

/** Whether a case was escalated or appealed before is for seniors to know, and that a look was withdrawn for nobody. */
const stateShown = ({ kind, state }: CaseViewRow, viewer: Viewer): CaseView['state'] => {
  if (kind !== 'content' && state === 'closed') return 'decided';
  return isSenior(viewer) || (state !== 'escalated' && state !== 'appealed') ? state : 'open';
};

/** The content's verdict, where the case is about it and its viewer may know; else what this case says by itself. */
const verdictShown = (
  { kind, auditPropensity, verdict, tier }: CaseViewRow,
  { machine, decision, mayKnow }: Pick<CaseViewRow, 'machine' | 'decision'> & { mayKnow: boolean },
): Pick<CaseView, 'verdict' | 'tier'> => {
  const isUndecidedSample = auditPropensity !== null && decision === null;
  if (kind === 'content' && mayKnow && !isUndecidedSample) return { verdict, tier };
  if (decision) return { verdict: decision.verdict, tier: 'human' };
  return { verdict: machine?.verdict ?? null, tier: machine?.tier ?? null };
};
