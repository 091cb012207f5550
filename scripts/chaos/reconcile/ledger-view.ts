import type { DataSource } from '#libs/database';
import type { Tier, Verdict } from '#libs/domain';

/** One content as it stands in the database, with all that hangs on it. */
export interface LedgerContent {
  id: string;
  reference: string | null;
  sha256: string;
  blobKey: string | null;
  /** that holds now */
  verdict: Verdict | null;
  tier: Tier | null;
  final: boolean;
  history: { key: string; tier: Tier; verdict: Verdict }[];
  cases: { state: string; auditPropensity: number | null }[];
  /** waits with an open case about the same bytes */
  isAttached: boolean;
}

/** Everything, by plain SQL. */
export const ledgerView = async (database: DataSource): Promise<LedgerContent[]> => {
  const contents: Omit<LedgerContent, 'history' | 'cases' | 'isAttached'>[] = await database.query(
    `SELECT id, reference, encode(sha256, 'hex') AS sha256, blob_key AS "blobKey", verdict, tier, final FROM content`,
  );
  const verdicts: (LedgerContent['history'][number] & { contentId: string })[] = await database.query(
    `SELECT content_id AS "contentId", key, tier, verdict FROM verdict`,
  );
  const cases: (LedgerContent['cases'][number] & { contentId: string })[] = await database.query(
    `SELECT content_id AS "contentId", state, audit_propensity AS "auditPropensity" FROM moderation_case
     WHERE kind = 'content'`,
  );
  const attached: { contentId: string }[] = await database.query(
    `SELECT content_id AS "contentId" FROM case_content`,
  );
  const waiting = new Set(attached.map(({ contentId }) => contentId));
  const byId = new Map<string, LedgerContent>(
    contents.map((content) => [
      content.id,
      { ...content, history: [], cases: [], isAttached: waiting.has(content.id) },
    ]),
  );
  for (const { contentId, ...verdict } of verdicts) byId.get(contentId)!.history.push(verdict);
  for (const { contentId, ...each } of cases) byId.get(contentId)!.cases.push(each);
  return [...byId.values()];
};
