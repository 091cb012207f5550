import {
  type PolicyDocument,
  type Reason,
  rulesFor,
  type Statement,
  type Tier,
  type Verdict,
} from '#libs/domain';
import type { EntityManager } from 'typeorm';
import { type ChangedVerdict, strongestFirst } from '../content/current-verdict.queries.js';
import { queueWebhook } from './outbox.queries.js';

/** What `content.verdict` tells, as JSON. */
interface VerdictRow {
  contentId: string;
  reference: string | null;
  surface: string;
  verdict: Verdict;
  tier: Tier;
  /** false while a deeper tier or a person may still change the verdict */
  final: boolean;
  policyName: string;
  policyVersion: number;
  reasons: Reason[];
  decidedAt: Date;
  /** of a block that holds for good: what its uploader has to be told */
  statement: Statement | null;
}

/**
 * Queues `content.verdict` for contents whose verdict changed or became final. Call it in the transaction that changed
 * them, after all that belongs to the verdict is written. Costs nothing where no endpoint wants to know.
 */
export const queueVerdicts = async (transaction: EntityManager, changed: ChangedVerdict[]): Promise<void> => {
  const awaited = changed.filter(({ isAwaited }) => isAwaited).map(({ contentId }) => contentId);
  if (awaited.length === 0) return;
  const rows = await verdictRows(transaction, awaited);
  const documents = await documentsOf(transaction, rows);
  await queueWebhook(
    transaction,
    rows.map(({ policyName: name, policyVersion: version, decidedAt, ...row }) => {
      const document = documents.get(keyOf(name, version));
      const hold = document ? rulesFor({ name, version, document }, row.surface).hold : false;
      return {
        type: 'content.verdict',
        contentId: row.contentId,
        data: {
          ...row,
          // as the gateway answers: an open review only
          hold: hold && row.verdict === 'review' && !row.final,
          policy: { name, version },
          decidedAt: decidedAt.toISOString(),
        },
      };
    }),
  );
};

/** content_pkey, verdict_pkey for the handful of verdicts of each, statement_of_reasons_content_id_verdict_key_key. */
const verdictRows = (transaction: EntityManager, contentIds: string[]): Promise<VerdictRow[]> =>
  transaction.query(
    `SELECT content.id AS "contentId", content.reference, content.surface, content.verdict, content.tier, content.final,
            content.policy_name AS "policyName", content.policy_version AS "policyVersion",
            strongest.reasons, strongest.at AS "decidedAt",
            (SELECT document FROM statement_of_reasons AS issued
             WHERE issued.content_id = content.id AND issued.verdict_key = strongest.key) AS statement
     FROM content
     CROSS JOIN LATERAL (
       SELECT key, reasons, at FROM verdict WHERE content_id = content.id ORDER BY ${strongestFirst} LIMIT 1) AS strongest
     WHERE content.id = ANY ($1::uuid[])
     ORDER BY content.id`,
    [contentIds],
  );

const keyOf = (name: string, version: number): string => `${name} ${version}`;

/** The policies that judged, each once. */
const documentsOf = async (
  transaction: EntityManager,
  rows: VerdictRow[],
): Promise<Map<string, PolicyDocument>> => {
  const found: { name: string; version: number; document: PolicyDocument }[] = await transaction.query(
    `SELECT name, version, document FROM policy_version
     WHERE (name, version) IN (SELECT * FROM unnest($1::text[], $2::integer[]))`,
    [rows.map(({ policyName }) => policyName), rows.map(({ policyVersion }) => policyVersion)],
  );
  return new Map(found.map(({ name, version, document }) => [keyOf(name, version), document]));
};
