import type { Retention } from '#libs/domain';
import type { DataSource } from 'typeorm';

/** What the ledger says of all contents that show one picture, and of its stored bytes. */
export interface StoredPicture {
  /** 64 hexadecimal digits */
  sha256: string;
  /** a person has yet to decide: any state of a case but the last */
  hasOpenCase: boolean;
  /** the verdict on some content may still change, or there is none yet */
  isUnsettled: boolean;
  /** when the last retention ends, of the policies that the final verdicts were given under; null where none is final */
  keptUntil: Date | null;
  /** when the last content was received that says its bytes were stored; null where none does */
  storedForAt: Date | null;
}

/**
 * Of the pictures that some content shows; others are left out.
 *
 * Retention counts only for contents whose bytes were stored: an allow of an upload that was not asks for nothing. It
 * counts from the last change of the content's verdict, which is when it became final. A content whose picture was erased
 * asks for nothing.
 *
 * @param sha256s some hundreds, 64 hexadecimal digits each
 * @param unsaid retention where the policy does not name one, or is not there
 */
export const storedPictures = (
  dataSource: DataSource,
  sha256s: string[],
  unsaid: Retention,
): Promise<StoredPicture[]> =>
  // content_sha256_idx: Index Scan per picture; moderation_case_content_idx and policy_version_pkey per content.
  dataSource.query(
    `SELECT encode(content.sha256, 'hex') AS "sha256",
            bool_or(moderation_case.id IS NOT NULL) AS "hasOpenCase",
            bool_or(content.image_erased_at IS NULL
              AND (NOT content.final OR content.verdict IS NULL OR content.verdict = 'review')) AS "isUnsettled",
            max(content.updated_at + make_interval(days => CASE content.verdict
              WHEN 'allow' THEN coalesce((policy.document->'retention'->>'allowedDays')::integer, $2)
              ELSE coalesce((policy.document->'retention'->>'blockedDays')::integer, $3) END))
              FILTER (WHERE content.final AND content.blob_key IS NOT NULL) AS "keptUntil",
            max(content.received_at)
              FILTER (WHERE content.blob_key IS NOT NULL OR content.image_erased_at IS NOT NULL) AS "storedForAt"
     FROM unnest($1::text[]) AS asked (sha256)
     JOIN content ON content.sha256 = decode(asked.sha256, 'hex')
     LEFT JOIN policy_version AS policy
       ON policy.name = content.policy_name AND policy.version = content.policy_version
     LEFT JOIN moderation_case ON moderation_case.content_id = content.id AND kind = 'content'
       AND moderation_case.state NOT IN ('decided', 'closed')
     GROUP BY content.sha256`,
    [sha256s, unsaid.allowedDays, unsaid.blockedDays],
  );
