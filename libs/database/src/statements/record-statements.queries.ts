import {
  type MediaType,
  type StatedPolicy,
  type StatedVerdict,
  type Statement,
  statementOf,
  type StatementFacts,
  type Verdict,
} from '#libs/domain';
import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { idsParameter, prepared } from '../connection/prepared.js';
import { isInherited, strongestFirst } from '../content/current-verdict.queries.js';
import { keyOf, type PolicyVersion, statedPolicies } from './stated-policies.queries.js';

type InJson<Value> = Omit<Value, 'at'> & { at: string };

interface FactsRow {
  contentId: string;
  mediaType: MediaType;
  width: number;
  height: number;
  surface: string;
  receivedAt: Date;
  verdictKey: string;
  verdict: InJson<StatedVerdict>;
  machine: InJson<StatedVerdict> | null;
  decision: { reason: string; machineVerdict: Verdict; decidedAt: string; policy: PolicyVersion } | null;
  complainedAt: Date | null;
  now: Date;
}

const asJson = `jsonb_build_object(
  'tier', tier, 'verdict', verdict, 'policy', jsonb_build_object('name', policy_name, 'version', policy_version),
  'categories', categories, 'reasons', reasons, 'models', models, 'at', at)`;

/**
 * The decision behind a verdict: of `human:<id>` and `known:<id>` the one that they name, of a gateway's answer by known
 * content the latest block on the case that it names.
 */
const decisionBehind = `
  SELECT * FROM decision
  WHERE id = CASE WHEN strongest.key LIKE 'human:%' OR strongest.key LIKE 'known:%'
             THEN substr(strongest.key, 7)::uuid END
  UNION ALL
  (SELECT * FROM decision
   WHERE strongest.tier = 'known' AND strongest.key NOT LIKE 'known:%' AND decision.verdict = 'block'
     AND case_id = (strongest.reasons->0->>'caseId')::uuid
   ORDER BY decided_at DESC LIMIT 1)`;

/**
 * Per content: content_pkey, verdict_pkey, statement_of_reasons_content_id_verdict_key_key, decision_pkey or
 * decision_case_id_idx, appeal_case_id_idx.
 */
const factsSql = (ids: string): string => `
  SELECT content.id AS "contentId", content.media_type AS "mediaType", width, height, surface,
         received_at AS "receivedAt", strongest.key AS "verdictKey", strongest.stated AS verdict, machine.stated AS machine,
         (SELECT jsonb_build_object(
            'reason', reason, 'machineVerdict', machine_verdict, 'decidedAt', decided_at,
            'policy', jsonb_build_object('name', policy_name, 'version', policy_version))
          FROM (${decisionBehind}) AS behind LIMIT 1) AS decision,
         (SELECT filed_at FROM appeal
          WHERE appeal.content_id = content.id AND strongest.key = 'human:' || appeal.decision_id) AS "complainedAt",
         clock_timestamp() AS now
  FROM content
  CROSS JOIN LATERAL (
    SELECT key, tier, reasons, ${asJson} AS stated FROM verdict
    WHERE content_id = content.id ORDER BY ${strongestFirst} LIMIT 1) AS strongest
  LEFT JOIN LATERAL (
    SELECT ${asJson} AS stated FROM verdict
    WHERE content_id = content.id AND tier IN ('fast', 'deep') AND NOT ${isInherited}
    ORDER BY ${strongestFirst} LIMIT 1) AS machine ON true
  WHERE content.id = ANY (${ids}) AND content.verdict = 'block' AND content.final
    AND NOT EXISTS (
      SELECT FROM statement_of_reasons AS issued
      WHERE issued.content_id = content.id AND issued.verdict_key = strongest.key)
  ORDER BY content.id`;

/**
 * Issues a statement of reasons for each of these contents that is blocked for good and has none for the verdict that
 * holds; for the others nothing. Call it where verdicts change, after `renewCurrentVerdicts`, with the contents' rows
 * locked, and before `queueVerdicts`, which tells the statement. Costs one read where nothing is to be issued.
 */
export const recordStatements = async (transaction: EntityManager, contentIds: string[]): Promise<void> => {
  if (contentIds.length === 0) return;
  const ids = idsParameter(contentIds);
  const rows = await prepared<FactsRow>(transaction, factsSql(ids.sql), [ids.value]);
  if (rows.length === 0) return;
  const policies = await statedPolicies(transaction, rows.flatMap(versionsIn));
  const issued = rows.map((row) => ({
    verdictKey: row.verdictKey,
    document: statementOf(factsOf(row, (version) => policies.get(keyOf(version))!)),
  }));
  await insertStatements(transaction, issued);
};

const versionsIn = ({ verdict, decision }: FactsRow): PolicyVersion[] => [
  verdict.policy,
  ...(decision ? [decision.policy] : []),
];

const factsOf = (row: FactsRow, policyOf: (version: PolicyVersion) => StatedPolicy): StatementFacts => {
  const { contentId: id, mediaType, width, height, surface, receivedAt, verdict, machine, decision } = row;
  return {
    id: uuidv7(),
    issuedAt: row.now,
    content: { id, mediaType, width, height, surface, receivedAt },
    verdict: withDate(verdict),
    machine: machine && withDate(machine),
    decision: decision && {
      reason: decision.reason,
      machineVerdict: decision.machineVerdict,
      decidedAt: new Date(decision.decidedAt),
      policy: policyOf(decision.policy),
    },
    policy: policyOf(verdict.policy),
    complainedAt: row.complainedAt,
  };
};

const withDate = (verdict: InJson<StatedVerdict>): StatedVerdict => ({
  ...verdict,
  at: new Date(verdict.at),
});

const insertStatements = async (
  transaction: EntityManager,
  issued: { verdictKey: string; document: Statement }[],
): Promise<void> => {
  await prepared(
    transaction,
    `INSERT INTO statement_of_reasons (id, content_id, verdict_key, issued_at, document)
     SELECT (document->>'id')::uuid, (document->>'contentId')::uuid, "verdictKey",
            (document->>'issuedAt')::timestamptz, document
     FROM jsonb_to_recordset($1) AS issued ("verdictKey" text, document jsonb)
     ON CONFLICT DO NOTHING`,
    [JSON.stringify(issued)],
  );
};
