import { Injectable } from '@nestjs/common';
import { DataSource } from '#libs/database';
import type { CaseKind, HumanVerdict, MediaType, Tier, Verdict } from '#libs/domain';
import { timeOfId } from '#libs/platform';
import { originShownOf, wayMs } from '../origin-shown.js';

/** What somebody asks about: a content, as a case shows it, or by itself. */
export interface Subject {
  contentId: string;
  /** of the case that shows it; `content` also where there is none */
  kind: CaseKind;
  /** a person has yet to decide */
  isUndecided: boolean;
}

/** For whose eyes. */
export interface Eyes {
  viewerId: string;
  /** in which they may claim */
  queues: string[];
  /** contents also without a case that they may see */
  seesAll: boolean;
}

/** A content that may be like the one asked about. */
export interface FoundContent {
  id: string;
  mediaType: MediaType;
  width: number;
  height: number;
  surface: string;
  receivedAt: Date;
  verdict: Verdict | null;
  tier: Tier | null;
  caseId: string | null;
  decision: {
    id: string;
    verdict: HumanVerdict;
    reason: string;
    moderatorId: string;
    decidedAt: string;
  } | null;
}

/** Cases that somebody sees by their ids, as `CasesRepository.find`: case_exclusion_pkey. */
const isSeen = (queues: string, viewer: string): string => `
  (c.reserved_for IS NULL OR c.reserved_for = ${viewer}) AND (
    c.queue = ANY (${queues}::text[]) OR c.lease_holder_id = ${viewer}
    OR EXISTS (SELECT FROM case_exclusion WHERE case_id = c.id AND moderator_id = ${viewer}))`;

/** Reads what similar contents are asked about, and what they are. */
@Injectable()
export class SimilarRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** By the id that its case shows: of a second look or a golden case that is made up, and found by the time in it. */
  async subject(id: string, eyes: Eyes): Promise<Subject | undefined> {
    return (await this.ownSubject(id, eyes)) ?? (await this.subjectOfLook(id, eyes));
  }

  /** content_pkey, moderation_case_content_idx, case_content_pkey */
  private async ownSubject(id: string, { viewerId, queues, seesAll }: Eyes): Promise<Subject | undefined> {
    const [found]: { isUndecided: boolean }[] = await this.dataSource.query(
      `SELECT coalesce(c.state, 'closed') NOT IN ('decided', 'closed') OR EXISTS (
                SELECT FROM case_content JOIN moderation_case AS shared ON shared.id = case_content.case_id
                WHERE case_content.content_id = content.id AND shared.state NOT IN ('decided', 'closed'))
              AS "isUndecided"
       FROM content LEFT JOIN moderation_case AS c ON c.content_id = content.id AND c.kind = 'content'
       WHERE content.id = $1 AND ($4 OR c.id IS NOT NULL AND ${isSeen('$2', '$3')})`,
      [id, queues, viewerId, seesAll],
    );
    return found && { contentId: id, kind: 'content', ...found };
  }

  /** moderation_case_looks_age_idx: those of some seconds */
  private async subjectOfLook(id: string, { viewerId, queues }: Eyes): Promise<Subject | undefined> {
    const seemsOf = timeOfId(id);
    if (seemsOf === undefined) return undefined;
    const looks: { id: string; kind: CaseKind; createdAt: Date; contentId: string; isUndecided: boolean }[] =
      await this.dataSource.query(
        `SELECT c.id, c.kind, c.created_at AS "createdAt", c.content_id AS "contentId",
                c.state NOT IN ('decided', 'closed') AS "isUndecided"
         FROM moderation_case AS c
         WHERE c.kind <> 'content' AND c.created_at BETWEEN $1 AND $4 AND ${isSeen('$2', '$3')}`,
        [new Date(seemsOf + wayMs.shortest), queues, viewerId, new Date(seemsOf + wayMs.longest)],
      );
    const look = looks.find(
      ({ contentId, ...row }) =>
        originShownOf({ ...row, content: { id: contentId, receivedAt: row.createdAt } }).contentId === id,
    );
    return look && { contentId: look.contentId, kind: look.kind, isUndecided: look.isUndecided };
  }

  /** All contents of the same picture. content_pkey, content_sha256_idx */
  async contentsOfPicture(contentId: string): Promise<string[]> {
    const rows: { id: string }[] = await this.dataSource.query(
      `SELECT same.id FROM content JOIN content AS same ON same.sha256 = content.sha256 WHERE content.id = $1`,
      [contentId],
    );
    return rows.map(({ id }) => id);
  }

  /**
   * What is known of contents, the latest of each picture only; a case where the viewer may see it. content_pkey,
   * moderation_case_content_idx and decision_case_id_idx for each.
   */
  async contents(ids: string[], { viewerId, queues }: Eyes): Promise<FoundContent[]> {
    return this.dataSource.query(
      `SELECT DISTINCT ON (content.sha256) content.id, content.media_type AS "mediaType", content.width, content.height,
              content.surface, content.received_at AS "receivedAt", content.verdict, content.tier,
              CASE WHEN c.id IS NOT NULL AND ${isSeen('$2', '$3')} THEN c.id END AS "caseId", last.decision
       FROM content
       LEFT JOIN moderation_case AS c ON c.content_id = content.id AND c.kind = 'content'
       LEFT JOIN LATERAL (
         SELECT jsonb_build_object('id', id, 'verdict', verdict, 'reason', reason, 'moderatorId', moderator_id,
                                   'decidedAt', decided_at) AS decision
         FROM decision WHERE case_id = c.id ORDER BY decided_at DESC, id DESC LIMIT 1) AS last ON true
       WHERE content.id = ANY ($1::uuid[])
       ORDER BY content.sha256, content.received_at DESC, content.id`,
      [ids, queues, viewerId],
    );
  }
}
